"""The proof and the measurements: see benches/live."""
import argparse
import asyncio
import random
import statistics
import sys
import time
import uuid

from client import Client, Stream
from node import Pair

# A change must be visible within this time.
DEADLINE = 1.0
LONGEST = 10.0
EACH = 16


class Account:
    """An account with a client and forms on each of two nodes."""

    @staticmethod
    async def register(nodes):
        account = Account()
        account.password = f"correct horse {uuid.uuid4().hex[:12]}"
        account.email = f"{uuid.uuid4().hex}@example.org"
        value = {"email": account.email, "password": account.password, "display_name": "Ada"}
        answer = await Client(nodes[0].port).json("POST", "/api/v1/auth/register", value)
        account.token = answer["access_token"]
        account.inbox = answer["user"]["id"]
        account.clients = [Client(node.port, account.token) for node in nodes]
        cookies = f"docket_access={account.token}"
        account.forms = [Client(node.port, cookies=cookies) for node in nodes]
        return account


class Proof:
    """Random changes on one node, and what the other one says of them."""

    def __init__(self, account, nodes, seed: int):
        self.account, self.random = account, random.Random(seed)
        self.tasks: list[str] = []
        self.stream = Stream(nodes[1].port, account.token)
        self.since = ""
        self.times: list[float] = []
        self.missed = 0

    async def changed(self) -> set[str]:
        """Synchronises on the other node. Returns the ids that have changed."""
        ids = set()
        while True:
            path = "/api/v1/changes" + (f"?since={self.since}" if self.since else "")
            page = await self.account.clients[1].json("GET", path)
            ids |= {item["id"] for item in page["items"]}
            self.since = page["next"]
            if not page["more"]:
                return ids

    async def change(self) -> str:
        """Makes a change on the first node. Returns the id of what has changed."""
        client, forms = self.account.clients[0], self.account.forms[0]
        kinds = ["create", "form"] + ["edit", "tick", "form_edit", "form_tick", "delete"] * bool(self.tasks)
        kind = self.random.choice(kinds)
        title = f"Task {self.random.randrange(10**9)}"
        if kind == "create" or kind == "form" and not self.tasks:
            task = await client.json("POST", "/api/v1/tasks", {"title": title})
            self.tasks.append(task["id"])
            return task["id"]
        if kind == "form":
            await forms.form("/tasks", title=title, next="/tasks")
            return self.account.inbox
        task = self.random.choice(self.tasks)
        if kind == "edit":
            await client.json("PATCH", f"/api/v1/tasks/{task}", {"title": title})
        elif kind == "tick":
            await client.json("POST", f"/api/v1/tasks/{task}/toggle")
        elif kind == "form_edit":
            await forms.form(f"/tasks/{task}", title=title)
        elif kind == "form_tick":
            found = await client.json("GET", f"/api/v1/tasks/{task}")
            completed = "false" if found["completed"] else "true"
            await forms.form(f"/tasks/{task}/completion", completed=completed, next="/tasks")
        else:
            self.tasks.remove(task)
            await client.json("DELETE", f"/api/v1/tasks/{task}")
        return task

    async def told(self, id: str, begun: float):
        """Waits for the event and for the change itself."""
        while True:
            try:
                await asyncio.wait_for(self.stream.events.get(), LONGEST)
            except TimeoutError:
                self.missed += 1
                print(f"missed: {id}", file=sys.stderr)
                await self.changed()
                return
            ids = await self.changed()
            # A new task by form has an id that the form does not know.
            if id in ids or id == self.account.inbox and ids:
                self.times.append(time.monotonic() - begun)
                return

    async def run(self, changes: int, broken: int):
        await self.stream.open()
        await self.changed()
        breaks = set(self.random.sample(range(changes), min(broken, changes)))
        for number in range(changes):
            await asyncio.sleep(self.random.uniform(0, 0.25))
            if number in breaks:
                self.stream.abort()
                id = await self.change()
                await asyncio.sleep(self.random.uniform(0, 0.1))
                begun = time.monotonic()
                self.stream.events = asyncio.Queue()
                await self.stream.open()
            else:
                begun = time.monotonic()
                id = await self.change()
            await self.told(id, begun)
        self.stream.abort()


async def idle(nodes, count: int, seconds: float):
    """Measures memory and CPU of idle streams of the second node."""
    node = nodes[1]
    accounts = [await Account.register(nodes) for _ in range(-(-count // EACH) + 2)]
    warm = [Stream(node.port, accounts[index].token) for index in (-1, -2) for _ in range(EACH)]
    for stream in warm:
        await stream.open()
    await asyncio.sleep(1)
    before, quiet = node.memory(), node.cpu()
    await asyncio.sleep(seconds)
    quiet = node.cpu() - quiet
    streams = [Stream(node.port, accounts[index // EACH].token) for index in range(count)]
    for stream in streams:
        await stream.open()
    await asyncio.sleep(1)
    each = (node.memory() - before) / count
    cpu = node.cpu()
    await asyncio.sleep(seconds)
    cpu = node.cpu() - cpu
    # Other clients are served.
    begun = time.monotonic()
    await accounts[0].clients[1].json("GET", "/api/v1/tasks")
    list_time = time.monotonic() - begun
    for stream in streams + warm:
        stream.abort()
    print(f"{count} idle streams: {each / 1000:.1f} kB each, CPU {100 * cpu / seconds:.2f} % of a core "
          f"({100 * quiet / seconds:.2f} % with {len(warm)}), a list takes {1000 * list_time:.1f} ms")
    return each


async def busy(nodes, rate: int, seconds: float, users: int = 20):
    """Measures the time from a request on one node to the event on the other at many changes."""
    accounts = [await Account.register(nodes) for _ in range(users)]
    times: list[float] = []
    done = 0

    async def write(account, begin):
        nonlocal done
        stream = Stream(nodes[1].port, account.token)
        await stream.open()
        waiting: list[tuple[int, float]] = []

        async def read():
            while True:
                _, version, at = await stream.events.get()
                told = [entry for entry in waiting if entry[0] <= version]
                times.extend(at - sent for _, sent in told)
                waiting[:] = [entry for entry in waiting if entry[0] > version]

        reading = asyncio.create_task(read())
        every = users / rate
        for number in range(int(seconds / every)):
            await asyncio.sleep(max(0, begin + number * every - time.monotonic()))
            sent = time.monotonic()
            task = await account.clients[0].json("POST", "/api/v1/tasks", {"title": f"Task {number}"})
            waiting.append((microseconds(task["updated_at"]), sent))
            done += 1
        await asyncio.sleep(2)
        reading.cancel()
        stream.abort()
        # An event can come before the answer of its request.
        return sum(1 for version, _ in waiting if version > int(stream.last))

    begin = time.monotonic() + 1
    writers = [write(account, begin + index * users / rate / users) for index, account in enumerate(accounts)]
    left = sum(await asyncio.gather(*writers))
    print(f"{done / seconds:.0f} changes/s: {summary(times)}, {left} missed")
    return left


def microseconds(text: str) -> int:
    from datetime import datetime, timezone
    instant = datetime.fromisoformat(text.replace("Z", "+00:00"))
    whole = int(instant.replace(microsecond=0).astimezone(timezone.utc).timestamp())
    return whole * 1_000_000 + instant.microsecond


def summary(times: list[float]) -> str:
    ordered = sorted(times)
    if not ordered:
        return "no times"
    p99 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    return (f"median {1000 * statistics.median(ordered):.0f} ms, 99 % {1000 * p99:.0f} ms, "
            f"worst {1000 * ordered[-1]:.0f} ms")


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--changes", type=int, default=1000)
    parser.add_argument("--broken", type=int, default=50)
    parser.add_argument("--streams", type=int, default=1000)
    parser.add_argument("--rate", type=int, default=500)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=["sqlite", "postgres", "mysql"])
    options = parser.parse_args()
    failed = False
    for engine in [options.only] if options.only else ["sqlite", "postgres", "mysql"]:
        with Pair(engine) as nodes:
            print(f"--- {engine}")
            account = await Account.register(nodes)
            if options.changes:
                proof = Proof(account, nodes, options.seed)
                await proof.run(options.changes, options.broken)
                late = sum(1 for each in proof.times if each > DEADLINE)
                print(f"{options.changes} changes, {options.broken} broken streams: "
                      f"{summary(proof.times)}, {late} late, {proof.missed} missed")
                failed |= bool(late or proof.missed)
            if options.streams:
                await idle(nodes, options.streams, options.seconds)
            if options.rate:
                failed |= bool(await busy(nodes, options.rate, options.seconds))
    sys.exit(failed)


asyncio.run(main())
