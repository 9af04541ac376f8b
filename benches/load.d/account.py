"""Cost of each list, count and page of synchronisation for an account with many tasks, most of them
completed, and for accounts with few. All requests are read from the database, one at a time."""
import json
import random
import socket
import statistics
import time
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import quote

import seed
from server import CACHE, Docket

# Tasks of the first project, which the lists of one project show.
FOCUS = 100
PAGE = 20
# Seconds before the measurements.
WARM_UP = 5
SORTS = ("created_at", "updated_at", "title", "position", "priority", "due", "deadline")
# The first due date of the account: a tenth of the dates are before tomorrow, the others after it.
FIRST_DAY = date.today() - timedelta(9)
A_THIRD = FIRST_DAY + timedelta(31)
# The list that a project's page shows.
A_PROJECT = "tasks of a project, status=open&sort=position"
# Filters with three terms.
FILTERS = {
    "day, priority, label": "today & p1 & !@errand",
    "days, labels": "7 days & (@errand | @label03)",
    "label, priorities": "@errand & (p1 | p2)",
    "project, priority, label": "#Project 1 & p2 & !@errand",
    "overdue": "overdue & !p4 & !no date",
    "no date": "no date & p1 & !@errand",
}
TASK = ("project_id", "id", "section_id", "parent_id", "position", "title", "description",
        "priority", "labels", "due", "deadline", "completed_at", "change_id", "created_at",
        "updated_at", "version")


@dataclass(frozen=True)
class Shape:
    """The size of an account. `deleted` tasks are in the trash."""
    name: str
    projects: int
    open: int
    done: int
    deleted: int


SHAPES = (
    Shape("500 tasks in 10 projects", 10, 400, 100, 60),
    Shape("500 tasks in 200 projects", 200, 400, 100, 60),
    Shape("11,000 tasks in 10 projects", 10, 10_000, 1_000, 60),
    Shape("110,000 tasks in 200 projects", 200, 10_000, 100_000, 10_000),
)


class Account:
    """An account, its rows by table, and the ids that the requests name."""

    def __init__(self, shape: Shape, number: int, chance: random.Random):
        self.shape = shape
        self.chance = chance
        self.begin = time.time_ns() // 1_000_000 - 86_400_000
        self.user = seed.User(f"{number}@example.org", self.new_id(0))
        self.inbox = self.user.id
        self.projects = [self.inbox] + [self.new_id(turn) for turn in range(1, shape.projects)]
        self.focus = self.projects[1]
        self.section, self.parent = self.new_id(300), None
        self.tasks, self.labelled, self.days = [], [], []
        self.tombstones, self.changes = [], []
        self.counts = {project: [0, 0, 0] for project in self.projects}
        for turn, (kind, index) in enumerate(self._turns()):
            self._add(1_000 + turn, kind, index)

    def new_id(self, turn: int) -> str:
        return seed.uuid7(self.begin + turn, self.chance)

    def _turns(self):
        """Yields the kind of each task and its number among those, evenly mixed."""
        sizes = {"open": self.shape.open, "done": self.shape.done, "deleted": self.shape.deleted}
        turns = [((index + 0.5) / size, kind, index)
                 for kind, size in sizes.items() for index in range(size)]
        return [(kind, index) for _, kind, index in sorted(turns)]

    def _add(self, turn: int, kind: str, index: int):
        size = getattr(self.shape, kind)
        focused = max(FOCUS, size // 10) if kind == "done" else FOCUS
        is_focused = index * focused // size != (index + 1) * focused // size
        others = [self.inbox, *self.projects[2:]]
        project = self.focus if is_focused else others[index % len(others)]
        task, instant = self.new_id(turn), (self.begin + turn) * 1000
        within = index * focused // size if is_focused else 1
        if self.parent is None and is_focused and kind == "open":
            self.parent, within = task, 1
        is_labelled = index % (size // min(size, 60)) == 0 if kind == "open" else index % 10 == 0
        label = "errand" if is_labelled else f"label{index % 20:02}" if index % 2 else None
        due = FIRST_DAY + timedelta(index * 100 // size)
        change = self.new_id(turn) if kind != "open" else None
        version = instant + 500 if kind != "open" else instant
        row = (project, task, self.section if is_focused and within % 2 == 0 else None,
               self.parent if is_focused and within % 4 == 2 else None,
               f"Zz{index:06}" if index % 10 == 3 else None,
               f"{seed.TITLE} {index * 7919 % 1000:03}", seed.DESCRIPTION, 1 + index * 7919 % 4,
               f'["{label}"]' if label else None, str(due) if index % 4 == 1 else None,
               str(due) if index % 5 == 1 else None, version if kind == "done" else None, change,
               instant, version, version)
        counts = self.counts[project]
        counts[0], counts[1], counts[2] = counts[0] + (kind == "open"), counts[1] + 1, version
        if kind == "deleted":
            item = json.dumps(dict(zip(TASK, row)))
            self.tombstones.append((project, task, "task", task, row[5], item, change, self.user.id,
                                    version, version))
        else:
            self.tasks.append(row)
            if kind == "open" and (row[9] or row[10]):
                position = row[4] or task
                self.days.append((project, f"{due}~{row[7]}{position}", task, "", ""))
            if label:
                self.labelled.append((project, label, int(kind == "done"), task))
        if change:
            command, action, old = (("complete_task", "update", '{"completed_at":null}')
                                    if kind == "done" else ("delete_task", "delete", "{}"))
            self.changes.append((change, 0, project, version, self.user.id, command, "task", task,
                                 action, old, version))

    def fill(self, database):
        instant = self.begin * 1000
        rows = []
        for number, project in enumerate(self.projects):
            count, total, version = self.counts[project]
            rows.append((project, self.user.id, f"Project {number}" if number else "Inbox", "",
                         "grey", 0, "list", "section", "position", count, total, max(version, instant), instant, instant,
                         instant))
        database.fill("projects", ("id", "owner_id", "name", "description", "colour", "favourite",
                                   "view", "group_by", "sort_by", "open_tasks", "total_tasks", "version", "item_version",
                                   "created_at", "updated_at"), rows)
        database.fill("project_members", ("user_id", "project_id", "role", "hidden"),
                      ((self.user.id, project, "owner", 0) for project in self.projects))
        database.fill("sections", ("project_id", "id", "name", "created_at", "updated_at", "version"),
                      [(self.focus, self.section, "Section", instant, instant, instant)])
        names = ["errand"] + [f"label{number:02}" for number in range(20)]
        database.fill("labels", ("project_id", "id", "name", "name_folded", "colour", "favourite",
                                 "created_at", "updated_at", "version"),
                      [(self.inbox, self.new_id(400), name, name, "grey", 0, instant, instant,
                        instant) for name in names])
        database.fill("tasks", TASK, self.tasks)
        database.fill("task_labels", ("project_id", "label", "completed", "task_id"), self.labelled)
        database.fill("task_days", ("project_id", "day_key", "task_id", "due_zone", "start_date"),
                      self.days)
        database.fill("tombstones", ("project_id", "id", "noun", "root_id", "title", "item",
                                     "change_id", "deleted_by", "deleted_at", "version"),
                      self.tombstones)
        database.fill("changes", ("id", "position", "project_id", "version", "user_id", "command",
                                  "noun", "item_id", "action", "old_values", "created_at"),
                      self.changes)


def prepare(docket: Docket) -> list[Account]:
    """Creates the database with one account of each shape."""
    docket.create()
    chance = random.Random(1)
    accounts = [Account(shape, number, chance) for number, shape in enumerate(SHAPES)]
    docket.users = [account.user for account in accounts]
    seed.fill_users(docket.database, docket.users, accounts[0].begin, docket.password_hash, chance)
    for account in accounts:
        account.fill(docket.database)
    docket.sign_in()
    docket.database.settle()
    return accounts


class Connection:
    """A connection that is kept. Python's own client takes longer than a small list."""

    def __init__(self, docket: Docket, account: Account):
        self.head = (f"Host: 127.0.0.1\r\nAuthorization: Bearer {account.user.token}\r\n\r\n",
                     f"Host: 127.0.0.1\r\nCookie: docket_access={account.user.token}\r\n\r\n")
        self.port = docket.port
        self._connect()

    def _connect(self):
        self.socket = socket.create_connection(("127.0.0.1", self.port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def _receive(self) -> bytes:
        data = self.socket.recv(1 << 20)
        if not data:
            raise SystemExit("Docket has closed a connection in the middle of a response")
        return data

    def get(self, path: str) -> bytes:
        is_page = not path.startswith("/api")
        request = f"GET {path} HTTP/1.1\r\n{self.head[is_page]}".encode()
        self.socket.sendall(request)
        data = self.socket.recv(1 << 20)
        if not data:
            # The server closes connections that have been idle, as while another account is prepared.
            self._connect()
            self.socket.sendall(request)
            data = self._receive()
        while b"\r\n\r\n" not in data:
            data += self._receive()
        head, _, body = data.partition(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise SystemExit(f"{path}: {head.decode()} {body.decode()}")
        lines = head.lower().split(b"\r\n")
        length = next(int(line.split(b":")[1]) for line in lines if line.startswith(b"content-length"))
        parts, size = [body], len(body)
        while size < length:
            parts.append(self._receive())
            size += len(parts[-1])
        return b"".join(parts)


def paths() -> dict[str, str]:
    """Returns the requests by name. Braces name ids of the account."""
    tasks, project = "/api/v1/tasks", f"project={{focus}}&limit={PAGE}"
    found = {}
    for status in ("open", "done", "all"):
        sorts = SORTS if status == "open" else ("completed_at", *SORTS)
        for sort in sorts:
            for direction in ("", "-"):
                query = f"status={status}&sort={direction}{sort}"
                found[f"tasks, {query}"] = f"{tasks}?{query}"
                found[f"tasks of a project, {query}"] = f"{tasks}?{query}&{project}"
        query = f"status={status}"
        for name in ("section={section}", "parent={parent}", "label=errand", "priority=1",
                     f"due_before={A_THIRD}", f"due_before={A_THIRD}&sort=due",
                     f"deadline_before={A_THIRD}", "updated_from=2026-01-01T00:00:00Z",
                     "created_from=2026-01-01T00:00:00Z", "{deep}", "{deep}&sort=title",
                     "q=weekly", "q=nowhere"):
            found[f"tasks, {query}&{name}"] = f"{tasks}?{query}&{name}&limit={PAGE}"
        for name in ("label=errand", "priority=1", "{deep}"):
            found[f"tasks of a project, {query}&{name}"] = f"{tasks}?{query}&{name}&{project}"
    for name, text in FILTERS.items():
        found[f"filter, {name}"] = f"{tasks}?filter={quote(text)}&limit={PAGE}"
    for view in ("inbox", "today", "upcoming", "completed", "all"):
        found[f"view, {view}"] = f"/api/v1/views/{view}?limit={PAGE}"
        found[f"page of the view {view}"] = f"/{view}?limit={PAGE}" if view != "all" else "/tasks"
    return found | {
        "counts": "/api/v1/counts", "projects": "/api/v1/projects?limit=10",
        "one project": "/api/v1/projects/{focus}", "one task": "/api/v1/tasks/{parent}",
        "sections": "/api/v1/sections?project={focus}", "labels": "/api/v1/labels",
        "one label": "/api/v1/labels/errand", "trash": f"/api/v1/trash?limit={PAGE}",
        "changes, first page": "/api/v1/changes?limit=100",
        "changes, none": "/api/v1/changes?since={token}",
        "changes, few": "/api/v1/changes?since={earlier}",
        "activity of a project": f"/api/v1/projects/{{focus}}/activity?limit={PAGE}",
        "activity of a task": "/api/v1/tasks/{parent}/activity",
        "page of tasks": "/tasks", "page of a project": "/tasks?project={focus}",
        "page of a label": "/tasks?label=errand", "page of projects": "/projects",
        "page of a task": "/tasks/{parent}", "page of labels": "/labels", "page of the trash": "/trash",
    }


def _synchronise(connection: Connection, token: str | None) -> str:
    more = True
    while more:
        path = "/api/v1/changes?limit=1000" + (f"&since={token}" if token else "")
        answer = json.loads(connection.get(path))
        token, more = answer["next"], answer["more"]
    return token


def _cursor(connection: Connection, query: str, count: int) -> str:
    """Returns the cursor behind this many tasks."""
    cursor, size = None, 0
    while size < count:
        step = min(200, count - size)
        path = f"/api/v1/tasks?{query}&limit={step}" + (f"&cursor={cursor}" if cursor else "")
        answer = json.loads(connection.get(path))
        cursor, size = answer["next_cursor"], size + step
    return cursor


def _values(docket: Docket, account: Account, connection: Connection) -> dict[str, str]:
    """Returns the ids of an account, and tokens from before and after a few changes."""
    earlier = _synchronise(connection, None)
    for row in [row for row in account.tasks if row[0] == account.focus][:5]:
        changed = docket.call("PATCH", f"/api/v1/tasks/{row[1]}", account.user.token,
                              {"description": "Changed"})
        assert changed.status == 200, changed.text
    return {"focus": account.focus, "section": account.section, "parent": account.parent,
            "earlier": earlier, "token": _synchronise(connection, earlier)}


def _path(account: Account, connection: Connection, path: str, values: dict[str, str]) -> str:
    if "{deep}" in path:
        path = path.format(**values | {"deep": "x=y"}).replace("&x=y", "")
        query = path.partition("?")[2].replace(f"&limit={PAGE}", "")
        size = account.shape.done if "status=done" in path else account.shape.open
        count = FOCUS // 2 if "project=" in path else size // 2
        return f"{path}&cursor={_cursor(connection, query, min(count, 5_000))}"
    return path.format(**values)


def measure_account(engine: str, docket: Docket, options, progress) -> list[dict]:
    """Measures the requests of each account in turn, and returns medians in milliseconds."""
    accounts = prepare(docket)
    docket.start(**{CACHE: "0"})
    connections = [Connection(docket, account) for account in accounts]
    values = [_values(docket, *pair) for pair in zip(accounts, connections)]
    docket.database.settle()
    # What comes first would otherwise be slower: caches are cold, and the database tidies up.
    until = time.monotonic() + WARM_UP
    while time.monotonic() < until:
        for connection in connections:
            connection.get(f"/api/v1/tasks?limit={PAGE}")
    results = []
    for name, path in paths().items():
        if not any(text in name for text in options.only.split("|")):
            continue
        own = [_path(*triple[:2], path, triple[2]) for triple in zip(accounts, connections, values)]
        times, sizes = [[] for _ in accounts], []
        for turn in range(options.rounds * 10 + 3):
            for index, connection in enumerate(connections):
                begin = time.perf_counter()
                answer = connection.get(own[index])
                if turn >= 3:
                    times[index].append((time.perf_counter() - begin) * 1000)
                elif turn == 0:
                    sizes.append(len(answer))
        medians = [round(statistics.median(each), 3) for each in times]
        results.append({"engine": engine, "request": name, "medians": medians, "bytes": sizes})
        progress(f"{engine}, {name}: {medians} ms, {sizes} bytes")
    return results


def against_a_project(results: list[dict]) -> str:
    """Returns a table of each view and filter, as multiples of the list of a project."""
    lists = {result["engine"]: result["medians"] for result in results
             if result["request"] == A_PROJECT}
    lines = ["| Engine | Request | " + " | ".join(shape.name for shape in SHAPES) + " |",
             "| --- " * (len(SHAPES) + 2) + "|"]
    for result in results:
        if result["engine"] in lists and result["request"].startswith(("view", "filter")):
            times = zip(result["medians"], lists[result["engine"]])
            cells = " | ".join(f"{median / of_a_list:.2f}" for median, of_a_list in times)
            lines.append(f"| {result['engine']} | {result['request']} | {cells} |")
    return "\n".join(lines)


def table(results: list[dict]) -> str:
    """Returns a table of medians and ratios, the largest ratio first."""
    lines = ["| Engine | Request | " + " | ".join(shape.name for shape in SHAPES) + " | Ratios |",
             "| --- " * (len(SHAPES) + 3) + "|"]

    def ratios(result):
        *small, large = result["medians"]
        return [large / each for each in small]
    for result in sorted(results, key=lambda result: -ratios(result)[1]):
        cells = [f"{median:.2f}" for median in result["medians"]]
        lines.append(f"| {result['engine']} | {result['request']} | {' | '.join(cells)} | "
                     f"{', '.join(f'{ratio:.2f}' for ratio in ratios(result))} |")
    return "\n".join(lines)


def measure_engine(engine: str, place: str, make, options, progress) -> list[dict]:
    docket = Docket(place, make(engine, place, "docket_account"), options.docket)
    try:
        return measure_account(engine, docket, options, progress)
    finally:
        docket.stop()
        docket.database.drop()
