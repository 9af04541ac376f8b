"""Time from the start of each server to its first responses, on a populated database."""
import time

from server import LIST, Docket, Server


def _start(server: Server) -> dict[str, float]:
    begin = time.monotonic()
    server.spawn()
    times = {}
    if isinstance(server, Docket):
        server.wait_for(server.health)
        times["Docket: `/health/ready`"] = (time.monotonic() - begin) * 1000
    server.wait_for(LIST, server.users[0].token)
    times[f"{server.name}: the first list of 50"] = (time.monotonic() - begin) * 1000
    server.stop()
    return times


def cold_starts(servers: list[Server], count: int) -> dict[str, list[float]]:
    starts = {}
    for _ in range(count):
        for server in servers:
            for name, milliseconds in _start(server).items():
                starts.setdefault(name, []).append(milliseconds)
    return starts
