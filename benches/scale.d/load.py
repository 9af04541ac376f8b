"""Clients that read and write during faults, and record the responses."""

import itertools
import time
import uuid
from collections import Counter
from http.client import HTTPException
from threading import Event, Thread

from client import Client

# Delay of a client before a retry.
PAUSE = 0.1
# Time after which a retried request counts as unanswered.
PATIENCE = 60.0
WRITERS = 12
READERS = 4


class Caller(Thread):
    """A user that sends requests until stopped."""

    def __init__(self, port):
        super().__init__(daemon=True)
        self.client = Client(port).register()
        self.enough = Event()
        # Times and errors of the responses.
        self.answered = []
        self.errors = []

    def run(self):
        while not self.enough.is_set():
            self.turn()

    def ask(self, *request, **headers):
        """Returns status and body, or None for both after an error, which is recorded."""
        began = time.monotonic()
        try:
            status, body = self.client.ask(*request, **headers)
        except (OSError, HTTPException) as error:
            self.errors.append((time.monotonic(), type(error).__name__))
            return None, None
        if status >= 500 or status == 429:
            kind = f"{status}" if body else f"{status} of HAProxy"
            self.errors.append((time.monotonic(), kind))
            return None, None
        self.answered.append((began, time.monotonic()))
        return status, body


class Writer(Caller):
    """Creates tasks, each with an idempotency key, and retries those without a response."""

    def __init__(self, port, name):
        super().__init__(port)
        self.numbers = (f"{name} {number}" for number in itertools.count())
        # Acknowledged ids, by title.
        self.acknowledged = {}
        self.again = 0
        self.unanswered = []
        self.rejected = []
        self.stale = []

    def turn(self):
        title = next(self.numbers)
        key = str(uuid.uuid4())
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            status, body = self.ask("POST", "/tasks", {"title": title}, Idempotency_Key=key)
            if status == 201:
                self.acknowledged[title] = body["id"]
                self.read(body["id"])
                return
            if status is not None:
                self.rejected.append((title, status))
                return
            self.again += 1
            time.sleep(PAUSE)
        self.unanswered.append(title)

    def read(self, task):
        """Checks that a task acknowledged by one node is visible on the next."""
        status, _ = self.ask("GET", f"/tasks/{task}")
        if status not in (200, None):
            self.stale.append(task)


class Reader(Caller):
    """Lists tasks."""

    def turn(self):
        status, _ = self.ask("GET", "/tasks")
        if status is None:
            time.sleep(PAUSE)


class Load:
    """The writers and readers of a run."""

    def __init__(self, port):
        self.writers = [Writer(port, number) for number in range(WRITERS)]
        self.readers = [Reader(port) for _ in range(READERS)]

    def __enter__(self):
        for caller in self.callers():
            caller.start()
        return self

    def __exit__(self, failure, *_):
        for caller in self.callers():
            caller.enough.set()
        # After a failure there may be no server left to respond to them.
        for caller in self.callers() if failure is None else []:
            caller.join()

    def callers(self):
        return [*self.writers, *self.readers]

    def after(self, instant, end):
        """Returns the observations of the clients between a fault and the end."""
        errors = sorted(
            (at, kind) for caller in self.callers() for at, kind in caller.errors
            if instant <= at < end
        )
        finished = sorted(
            at for writer in self.writers for _, at in writer.answered if instant <= at < end
        )
        waits = [
            at - began for caller in self.callers() for began, at in caller.answered
            if instant <= at and began < end
        ]
        gaps = [later - earlier for earlier, later in itertools.pairwise([instant, *finished])]
        return {
            "errors": dict(Counter(kind for _, kind in errors)),
            "errors_until": errors[-1][0] - instant if errors else 0.0,
            "stalled": max(gaps, default=end - instant),
            "slowest": max(waits, default=0.0),
        }

    def account(self):
        """Compares the acknowledged tasks with the stored ones."""
        lost, duplicated = [], []
        for writer in self.writers:
            there = list(writer.client.tasks())
            ids = {task["id"] for task in there}
            lost += [title for title, task in writer.acknowledged.items() if task not in ids]
            titles = Counter(task["title"] for task in there)
            duplicated += [title for title, times in titles.items() if times > 1]
        return {
            "acknowledged": sum(len(writer.acknowledged) for writer in self.writers),
            "again": sum(writer.again for writer in self.writers),
            "lost": lost,
            "duplicated": duplicated,
            "stale": [task for writer in self.writers for task in writer.stale],
            "rejected": [title for writer in self.writers for title in writer.rejected],
            "unanswered": [title for writer in self.writers for title in writer.unanswered],
        }
