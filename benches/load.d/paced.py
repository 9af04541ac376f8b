"""Sends the mixed load at a fixed rate over kept-alive connections, independently of the responses, like
many users who think between requests. Latency is measured from the planned instant of a request, so a
stall of the server counts for all requests that wait behind it (no coordinated omission).

    python3 paced.py PORT USERS CONNECTIONS RATE SECONDS SEED
"""
import asyncio
import collections
import json
import os
import random
import sys
import threading
import time

from operations import Mixed

# Timeout of a response in seconds, the same as wrk's.
TIMEOUT = 20


class Connection(asyncio.Protocol):
    """A kept-alive connection with one request at a time."""

    def __init__(self, load: "Load"):
        self.load = load
        self.transport = self.asked = None
        self.buffer = bytearray()
        self.length = 0
        self.closing = False

    def connection_made(self, transport):
        self.transport = transport

    def ask(self, asked: tuple):
        self.asked = asked
        self.transport.write(asked[2])

    def data_received(self, data: bytes):
        self.buffer += data
        if not self.length:
            end = self.buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            head = bytes(self.buffer[:end]).lower()
            self.length = end + 4 + self._body_length(head)
            self.closing = b"\r\nconnection: close" in head
        if len(self.buffer) >= self.length:
            status, asked = int(self.buffer[9:12]), self.asked
            self.buffer.clear()
            self.length, self.asked = 0, None
            self.load.answered(self, asked, status)

    @staticmethod
    def _body_length(head: bytes) -> int:
        for line in head.split(b"\r\n"):
            if line.startswith(b"content-length:"):
                return int(line[15:])
        return 0

    def connection_lost(self, _error):
        self.load.lost(self)


class Load:
    """All connections, the queue of requests, and the results."""

    def __init__(self, port: int, connections: int):
        self.port, self.connections = port, connections
        self.loop = asyncio.get_running_loop()
        self.idle = collections.deque()
        self.waiting = collections.deque()
        self.sent = self.settled = 0
        self.times = collections.defaultdict(list)
        self.errors = collections.Counter()
        self.lags = []
        self.last = 0.0

    async def open(self):
        for start in range(0, self.connections, 100):
            size = min(100, self.connections - start)
            await asyncio.gather(*(self._connect() for _ in range(size)))

    async def _connect(self):
        try:
            _, connection = await self.loop.create_connection(
                lambda: Connection(self), "127.0.0.1", self.port)
        except OSError:
            self.errors["connect"] += 1
            return
        self.idle.append(connection)
        self._dispatch()

    def arrive(self, intended: float, kind: str, request: bytes):
        self.sent += 1
        self.lags.append(time.monotonic() - intended)
        self.waiting.append((intended, kind, request))
        self._dispatch()

    def _dispatch(self):
        while self.waiting and self.idle:
            connection = self.idle.popleft()
            connection.ask(self.waiting.popleft())

    def answered(self, connection: Connection, asked: tuple, status: int):
        intended, kind, _ = asked
        self.last = time.monotonic()
        self.settled += 1
        self.times[kind].append((self.last - intended) * 1000)
        if status == 503:
            self.errors["refused"] += 1
        elif status >= 400:
            self.errors["status"] += 1
        if not connection.closing:
            self.idle.append(connection)
        self._dispatch()

    def lost(self, connection: Connection):
        if connection.asked is not None:
            self.errors["read"] += 1
            self.settled += 1
        elif connection in self.idle:
            # A server may close an idle connection; like a browser, open another one.
            self.idle.remove(connection)
        self.loop.create_task(self._connect())


def send_all(load: Load, mixed: Mixed, rate: float, seconds: float, seed: int, begin: float, done):
    """Runs in its own thread, which sleeps to the microsecond; the event loop only to the millisecond."""
    chance = random.Random(seed)
    intended = begin
    while (intended := intended + chance.expovariate(rate)) < begin + seconds:
        kind, request = mixed.draw()
        time.sleep(max(0.0, intended - time.monotonic()))
        load.loop.call_soon_threadsafe(load.arrive, intended, kind, request)
    load.loop.call_soon_threadsafe(done.set)


def percentiles(times: list[float]) -> dict[str, float]:
    times = sorted(times) or [0.0]
    chosen = {name: times[min(len(times) - 1, int(len(times) * share))]
              for name, share in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99))}
    return {name: round(time, 3) for name, time in (chosen | {"max": times[-1]}).items()}


async def run(port: int, users: str, connections: int, rate: float, seconds: float, seed: int):
    mixed = Mixed(users, f"127.0.0.1:{port}", os.environ["LOAD_PASSWORD"], seed)
    load, done = Load(port, connections), asyncio.Event()
    await load.open()
    begin = time.monotonic() + 0.2
    arguments = (load, mixed, rate, seconds, seed, begin, done)
    threading.Thread(target=send_all, args=arguments, daemon=True).start()
    await done.wait()
    end = time.monotonic() + TIMEOUT
    while load.settled < load.sent and time.monotonic() < end:
        await asyncio.sleep(0.01)
    load.errors["timeout"] += load.sent - load.settled
    refused = load.errors.pop("refused", 0)
    return {
        "answers": sum(map(len, load.times.values())), "refused": refused,
        "seconds": max(seconds, load.last - begin), "errors": dict(load.errors),
        **percentiles([time for times in load.times.values() for time in times]),
        "kinds": {kind: {"answers": len(times), **percentiles(times)}
                  for kind, times in sorted(load.times.items())},
        # Lag of the generator itself: the delay between the planned instant and the request.
        "lag": percentiles([lag * 1000 for lag in load.lags]),
    }


if __name__ == "__main__":
    # Python switches between the two threads only every 5 ms by default.
    sys.setswitchinterval(0.0002)
    PORT, USERS, CONNECTIONS, RATE, SECONDS, SEED = sys.argv[1:]
    RESULT = asyncio.run(run(int(PORT), USERS, int(CONNECTIONS), float(RATE), float(SECONDS),
                             int(SEED)))
    print("RESULT " + json.dumps(RESULT))
