"""One run of a load against one server, and its cost."""
import json
import os
import re
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass

import machine
import seed
from profiles import Profile
from server import HERE, LIST, Server


@dataclass
class Contestant:
    """A server and the operation it is measured with."""
    name: str
    server: Server
    operation: str


@dataclass
class Cell:
    """A comparison: the contestants under one load."""
    engine: str
    profile: Profile
    connections: int
    contestants: list[Contestant]
    # The users of the requests, in a file per server.
    files: dict[str, str]


def write_users(server: Server, users: list[seed.User], with_etags: bool) -> str:
    """Writes the input file of a load, with the ETag of each user's list if the load needs it."""
    path = os.path.join(server.place, "users.tsv")
    with open(path, "w") as file:
        for user in users:
            if with_etags:
                user.etag = server.get(LIST, user.token).headers.get("ETag", '"none"')
            file.write("\t".join((user.token, user.email, user.etag, ",".join(user.tasks))) + "\n")
    return path


def run(command: list[str], seconds: float, **environment: str) -> dict:
    """Runs a load and returns its result."""
    done = subprocess.run(command, env=os.environ | environment, capture_output=True, text=True,
                          timeout=seconds + 120)
    found = re.search(r"^RESULT (.*)$", done.stdout, re.M)
    if not found:
        raise SystemExit(f"{command[0]} failed: {done.stdout[-500:]} {done.stderr[-500:]}")
    return json.loads(found[1])


# The number of tasks that have been deleted, by the directory of their server.
deletions = Counter()


def send(cell: Cell, contestant: Contestant, seconds: int, rate: int, number: int) -> dict:
    port, users = contestant.server.port, cell.files[contestant.server.name]
    environment = {"LOAD_USERS": users, "LOAD_PASSWORD": seed.PASSWORD,
                   "LOAD_OPERATION": contestant.operation}
    if cell.profile.paced:
        command = [sys.executable, os.path.join(HERE, "paced.py"), str(port), users,
                   str(cell.connections), str(rate), str(seconds), str(number)]
    else:
        command = ["wrk", "-t", "1", "-c", str(cell.connections), "-d", f"{seconds}s",
                   "--timeout", "20s", "-s", os.path.join(HERE, "load.lua"),
                   f"http://127.0.0.1:{port}"]
    if cell.profile.sign_ins:
        environment["LOAD_COUNT_REFUSED"] = "1"
    place = contestant.server.place
    environment["LOAD_DELETED"] = str(deletions[place])
    result = run(command, seconds, **environment)
    if contestant.operation == "delete":
        # Some requests at the end have no answer, and wrk makes one to look at it.
        deletions[place] += result["answers"] + 2 * cell.connections
    return result


def measure(cell: Cell, contestant: Contestant, number: int, options) -> dict:
    """Runs a round: the load, after a shorter one as warm-up."""
    roots = [each.server.process.pid for each in cell.contestants]
    machine.wait_until_idle(roots)
    send(cell, contestant, options.warmup, options.rate, -number)
    machine.wait_until_idle(roots)
    server = contestant.server
    web, database = server.process.pid, server.database.process
    used = machine.cpu_seconds(web), machine.cpu_seconds(database) if database else 0.0
    own = os.times()
    with machine.Peak(web) as peak:
        result = send(cell, contestant, options.seconds, options.rate, number)
    own = sum(os.times()[2:4]) - sum(own[2:4])
    web_seconds = machine.cpu_seconds(web) - used[0]
    database_seconds = machine.cpu_seconds(database) - used[1] if database else 0.0
    errors = sum(result["errors"].values())
    served = result["answers"] - result["refused"] - result["errors"].get("status", 0)
    thousands = max(1, served) / 1000
    return result | {
        "engine": cell.engine, "profile": cell.profile.name, "connections": cell.connections,
        "round": number, "contestant": contestant.name, "failed": errors,
        "rate": round(served / result["seconds"], 1),
        "cpu": round(web_seconds / thousands, 4),
        "database_cpu": round(database_seconds / thousands, 4),
        "resident": round(peak.resident, 1), "own": round(peak.own, 1),
        "generator_cores": round(own / result["seconds"], 2),
        "load_average": os.getloadavg()[0], "at": time.strftime("%H:%M:%S"),
    }
