"""Checks that a server does the measured work correctly: a wrong response is not fast."""
import seed
from server import LIST, Docket, Server


def _expect(server: Server, what: str, found, wanted):
    if found != wanted:
        raise SystemExit(f"{server.name}: {what}: {found}, not {wanted}")


def _check_access(server: Server, mine: seed.User, other: seed.User):
    head, claims, signature = mine.token.split(".")
    forged = ".".join((head, claims, ("B" if signature[0] == "A" else "A") + signature[1:]))
    foreign = f"/api/v1/tasks/{other.tasks[0]}"
    for what, path, token, wanted in (
            ("no token", LIST, None, 401), ("a forged token", LIST, forged, 401),
            ("another user's task", foreign, mine.token, 404),
            ("the other's own task", foreign, other.token, 200)):
        _expect(server, what, server.get(path, token).status, wanted)
    for password, wanted in ((seed.PASSWORD, 200), ("wrong " + seed.PASSWORD, 401)):
        body = {"email": mine.email, "password": password}
        answer = server.call("POST", "/api/v1/auth/login", body=body)
        _expect(server, "a sign-in", answer.status, wanted)


def _check_lists(server: Server, user: seed.User, length: int):
    _expect(server, "the length of a list", len(server.items(server.get(LIST, user.token))), length)
    body = {"title": "The newest of all", "description": ""}
    made = server.call("POST", "/api/v1/tasks", user.token, body)
    _expect(server, "a new task", made.status, 201)
    newest = server.items(server.get(LIST, user.token))[0]
    _expect(server, "the head of the list after it", newest["title"], body["title"])
    toggled = server.call("POST", f"/api/v1/tasks/{newest['id']}/toggle", user.token)
    _expect(server, "a toggled task", toggled.status, 200)
    newest = server.items(server.get(LIST, user.token))[0]
    _expect(server, "whether it is done in the list", newest["completed"], True)
    gone = server.call("DELETE", f"/api/v1/tasks/{newest['id']}", user.token)
    _expect(server, "a deleted task", gone.status, 204)


def _check_only_docket(server: Docket, user: seed.User, length: int):
    etag = server.get(LIST, user.token).headers["ETag"]
    again = server.get(LIST, user.token, If_None_Match=etag)
    _expect(server, "a list that the client has", again.status, 304)
    page = server.get("/tasks?status=all", Cookie=f"docket_access={user.token}")
    _expect(server, "a page", page.status, 200)
    links = page.text.count(b'href="/tasks/')
    if links < length:
        raise SystemExit(f"Docket: a page has {links} links to tasks, not {length}")


def check(server: Server, plan: seed.Plan):
    """Exits if a check fails."""
    mine, other = server.users[-1], server.users[0]
    length = min(50, plan.tasks // plan.users)
    _check_access(server, mine, other)
    _check_lists(server, mine, length)
    if isinstance(server, Docket):
        _check_only_docket(server, mine, length)
    parameters = server.password_hash.split("$")[1:4]
    _expect(server, "the password hash", parameters, ["argon2id", "v=19", "m=19456,t=2,p=1"])
