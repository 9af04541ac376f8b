"""Cost of a user's list depending on the number of other users' tasks: one user's lists in databases of
different sizes, alternating, each read from the database."""
import os

import seed
from measurement import Cell, Contestant, measure, write_users
from profiles import BY_NAME
from server import Docket

OWN_TASKS = 100


def _plan(others: int) -> seed.Plan:
    """Distributes the user's tasks evenly among those of others."""
    users, tasks = max(2, min(10_000, others // 100)), others + OWN_TASKS
    every = tasks // OWN_TASKS

    def owner(number: int) -> int:
        mine = number % every == 0 and number // every < OWN_TASKS
        return 0 if mine else 1 + number % (users - 1)
    return seed.Plan(users, tasks, owner)


def _prepare(engine: str, size: int, options, make_database) -> Docket:
    name = f"docket_{size}"
    place = os.path.join(options.place, engine, name)
    os.makedirs(place, exist_ok=True)
    docket = Docket(place, make_database(engine, place, name), options.docket)
    docket.prepare(_plan(size))
    return docket


def measure_others(engine: str, options, make_database, progress) -> list[dict]:
    profile, results, servers = BY_NAME["list"], [], {}
    try:
        for size in options.others:
            progress(f"{engine}: {size:,} tasks of others")
            servers[size] = _prepare(engine, size, options, make_database)
            settings = profile.docket_settings if servers[size].has_cache else {}
            servers[size].start(**settings)
        for connections in options.connections:
            for number in range(1, options.rounds + 1):
                for size, server in servers.items():
                    files = {server.name: write_users(server, server.users[:1], False)}
                    contestant = Contestant(server.name, server, profile.operation)
                    cell = Cell(engine, profile, connections, [contestant], files)
                    result = measure(cell, contestant, number, options) | {"others": size}
                    results.append(result)
                    progress(f"{engine}, {size:,} of others, {connections} connections, round "
                             f"{number}: {result['rate']:,} lists/s, p50 {result['p50']} ms")
    finally:
        for server in servers.values():
            server.stop()
            server.database.drop()
    return results
