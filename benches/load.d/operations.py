"""Requests of paced.py: the mixed load of load.lua, with the random choices made in advance."""
import json
import random

TASKS = "/api/v1/tasks"


def _request(method: str, path: str, head: str, body: str | None) -> bytes:
    lines = f"{method} {path} HTTP/1.1\r\n{head}"
    if body is None:
        return f"{lines}\r\n".encode()
    if body:
        lines += "Content-Type: application/json\r\n"
    return f"{lines}Content-Length: {len(body)}\r\n\r\n{body}".encode()


NEW = json.dumps({"title": "Write the weekly report 00",
                  "description": "Collect the figures and send them"})
CHANGED = json.dumps({"title": "Write the weekly report 01",
                      "description": "Collect the figures and mail them", "completed": False})


class Mixed:
    """80 % reads, 15 % writes, 5 % sign-ins of random users."""

    def __init__(self, users_file: str, host: str, password: str, seed: int):
        self.chance = random.Random(seed)
        self.host, self.password = f"Host: {host}\r\n", password
        self.users = []
        with open(users_file) as file:
            for line in file:
                token, email, _, ids = line.rstrip("\n").split("\t")
                head = f"{self.host}Authorization: Bearer {token}\r\n"
                self.users.append((head, email, ids.split(",")))

    def draw(self) -> tuple[str, bytes]:
        """Returns a request and its kind."""
        head, email, ids = self.chance.choice(self.users)
        one = f"{TASKS}/{self.chance.choice(ids)}"
        share = self.chance.random() * 100
        if share < 80:
            path = self.chance.choice((TASKS + "?limit=50",) * 3 + (one,))
            return "read", _request("GET", path, head, None)
        if share < 95:
            method, path, body = self.chance.choice(
                (("POST", TASKS, NEW), ("PUT", one, CHANGED), ("POST", one + "/toggle", "")))
            return "write", _request(method, path, head, body)
        body = json.dumps({"email": email, "password": self.password})
        return "sign-in", _request("POST", "/api/v1/auth/login", self.host, body)
