"""The accounts and tasks of both servers: the same, each in its own schema."""
import random
import time
from dataclasses import dataclass, field
from datetime import datetime, timezone

PASSWORD = "quiet amber teapot 27"
TITLE = "Write the weekly report"
DESCRIPTION = "Collect the figures and send them"

# Number of task ids per user known to the load.
KNOWN_TASKS = 20


@dataclass
class User:
    """An account, and the credentials the load needs."""
    email: str
    id: str
    session: str = ""
    token: str = ""
    etag: str = "none"
    tasks: list[str] = field(default_factory=list)


class Plan:
    """The tasks to create. Tasks of all users are interleaved, as if all had worked at the same time;
    they are a millisecond apart."""

    def __init__(self, users: int, tasks: int, owner=None):
        self.users, self.tasks = users, tasks
        self.owner = owner or (lambda number: number % users)
        self.begin = time.time_ns() // 1_000_000 - tasks - 86_400_000
        self.stride = max(1, tasks // users // KNOWN_TASKS)

    def rows(self):
        """Yields each task: number, owner, title, whether it is done, and its time of creation in
        milliseconds since 1970."""
        for number in range(self.tasks):
            turn = number // self.users
            yield (number, self.owner(number), f"{TITLE} {turn % 100:02}",
                   1 if turn % 4 == 0 else 0, self.begin + number)

    def known(self, number: int) -> bool:
        """Returns true if the load knows the task's id."""
        return number // self.users % self.stride == 0


def uuid7(milliseconds: int, chance: random.Random) -> str:
    bits = milliseconds << 80 | 7 << 76 | chance.getrandbits(12) << 64
    text = f"{bits | 2 << 62 | chance.getrandbits(62):032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def fill_users(database, users: list[User], made: int, password_hash: str, chance: random.Random):
    """Inserts accounts, each with a session."""
    database.fill(
        "users", ("id", "email", "email_folded", "display_name", "time_zone", "week_start",
                  "date_order", "clock", "quick_add_style", "theme", "density",
                  "suggestions", "language", "password_hash", "disabled", "created_at", "updated_at"),
        ((user.id, user.email, user.email, "", "UTC", "monday", "ymd", "24h", "todoist", "system", "comfortable",
          "shown", "browser", password_hash, 0,
          made * 1000, made * 1000)
         for user in users))
    now = int(time.time())
    for number, user in enumerate(users):
        user.session = uuid7(now * 1000 + number, chance)
    database.fill(
        "sessions", ("id", "user_id", "user_agent", "address", "created_at", "last_seen_at",
                     "expires_at", "refresh_generation", "refresh_hash", "refresh_key"),
        ((user.session, user.id, "load", "127.0.0.1", now * 10**6, now * 10**6,
          (now + 30 * 86_400) * 10**6, 0, "", "") for user in users))


def fill_docket(database, plan: Plan, password_hash: str) -> list[User]:
    chance = random.Random(1)
    made = plan.begin - plan.users - 1
    users = [User(f"user{number:05}@example.org", uuid7(made + number, chance))
             for number in range(plan.users)]
    fill_users(database, users, made, password_hash, chance)

    # The Inbox of an account has the id of the account.
    count = {"open": [0] * len(users), "total": [0] * len(users)}
    for _, owner, _, done, _ in plan.rows():
        count["total"][owner] += 1
        count["open"][owner] += not done
    database.fill("projects", ("id", "owner_id", "name", "description", "colour", "favourite",
                               "view", "group_by", "sort_by", "open_tasks", "total_tasks", "version", "item_version",
                               "created_at", "updated_at"),
                  ((user.id, user.id, "Inbox", "", "grey", 0, "list", "section", "position", count["open"][place],
                    count["total"][place], made * 1000, made * 1000, made * 1000, made * 1000)
                   for place, user in enumerate(users)))
    database.fill("project_members", ("user_id", "project_id", "role", "hidden"),
                  ((user.id, user.id, "owner", 0) for user in users))

    def tasks():
        for number, owner, title, done, milliseconds in plan.rows():
            user, instant = users[owner], milliseconds * 1000
            task = uuid7(milliseconds, chance)
            if plan.known(number):
                user.tasks.append(task)
            yield (user.id, task, title, DESCRIPTION, 4, instant if done else None, instant,
                   instant, 1)
    database.fill(
        "tasks", ("project_id", "id", "title", "description", "priority", "completed_at",
                  "created_at", "updated_at", "version"), tasks())
    return users


def fill_peer(database, plan: Plan, password_hash: str) -> list[User]:
    users = [User(f"user{number:05}@example.org", str(number + 1)) for number in range(plan.users)]

    def written(milliseconds: int) -> str:
        instant = datetime.fromtimestamp(milliseconds / 1000, timezone.utc)
        return instant.strftime("%Y-%m-%d %H:%M:%S.%f")

    made = written(plan.begin)
    database.fill("users", ("id", "email", "password_hash", "created_at"),
                  ((user.id, user.email, password_hash, made) for user in users))

    def tasks():
        for number, owner, title, done, milliseconds in plan.rows():
            user, instant = users[owner], written(milliseconds)
            if plan.known(number):
                user.tasks.append(str(number + 1))
            yield (number + 1, user.id, title, DESCRIPTION, done, instant, instant)
    database.fill("tasks", ("id", "user_id", "title", "description", "completed", "created_at",
                            "updated_at"), tasks())
    return users
