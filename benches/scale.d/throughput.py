"""Throughput of 1, 2 and 4 nodes, and the cost of a request in each program."""

import json
import resource
import statistics
import sys
from pathlib import Path

from client import Client
from program import run

USERS = 16
TASKS = 50
# Number of nodes, and whether they connect directly to PostgreSQL.
SIZES = {"1": (1, False), "2": (2, False), "4": (4, False), "1, no PgBouncer": (1, True)}
# Number of creates per ten requests; the others list the latest 50 tasks.
LOADS = {"list": 0, "create": 10, "mixed": 2}
CONNECTIONS = 32
SCRIPT = Path(__file__).with_name("load.lua")
COMPONENTS = ["docket", "primary", "standby", "pgbouncer", "haproxy", "wrk"]


def users(cluster):
    """Creates the accounts with tasks, and a file of their tokens."""
    path = cluster.home / "tokens"
    tokens = []
    for _ in range(USERS):
        client = Client(cluster.balancer.port).register()
        for number in range(TASKS):
            client.ask("POST", "/tasks", {"title": f"Book the train to Ghent, {number}"})
        tokens.append(client.token)
    path.write_text("\n".join(tokens), encoding="utf-8")
    return path


def wrk(cluster, tokens, creates, seconds):
    url = f"http://127.0.0.1:{cluster.balancer.port}"
    size = ["-t2", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout", "10s"]
    printed = run("wrk", *size, "-s", SCRIPT, url, "--", tokens, str(creates))
    return json.loads(printed.splitlines()[-1])


def of_children():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def measure(cluster, tokens, creates, seconds):
    """Runs a round. Returns wrk's results and the CPU time by component for 1,000 requests."""
    wrk(cluster, tokens, creates, 1)
    before, generator = cluster.cpu_seconds(), of_children()
    seen = wrk(cluster, tokens, creates, seconds)
    generator = of_children() - generator
    used = {name: after - before[name] for name, after in cluster.cpu_seconds().items()}
    used["wrk"] = generator
    thousands = max(seen["requests"], 1) / 1000
    seen["per_second"] = seen["requests"] / seen["seconds"]
    seen["cpu"] = {name: seconds / thousands for name, seconds in used.items()}
    return seen


def median(rounds):
    """Returns the median of each figure, and the sum of the errors."""
    names = ["per_second", "p50", "p95", "p99"]
    row = {name: statistics.median(seen[name] for seen in rounds) for name in names}
    row["errors"] = sum(seen["errors"] for seen in rounds)
    row["cpu"] = {
        name: statistics.median(seen["cpu"][name] for seen in rounds) for name in COMPONENTS
    }
    return row


def throughput(cluster, options):
    cluster.scale(1)
    tokens = users(cluster)
    rounds = {(load, size): [] for load in LOADS for size in SIZES}
    for number in range(options.rounds):
        for size, (nodes, past_the_pooler) in SIZES.items():
            cluster.go_past_the_pooler(past_the_pooler)
            cluster.scale(nodes)
            for load, creates in LOADS.items():
                seen = measure(cluster, tokens, creates, options.seconds)
                rounds[load, size].append(seen)
                rate = f"{seen['per_second']:.0f} requests/s"
                print(f"round {number + 1}, nodes {size}, {load}: {rate}", file=sys.stderr)
    cluster.go_past_the_pooler(False)
    return [{"load": load, "nodes": size} | median(seen) for (load, size), seen in rounds.items()]


def rows(results):
    """Yields the rows of the table, with its header."""
    yield ["Load", "Nodes", "Requests/s", "p50 ms", "p95 ms", "p99 ms", "Errors", *COMPONENTS]
    for row in results:
        times = [f"{row[name]:.1f}" for name in ("p50", "p95", "p99")]
        cpu = [f"{row['cpu'][name]:.2f}" for name in COMPONENTS]
        rate = f"{row['per_second']:,.0f}"
        yield [row["load"], row["nodes"], rate, *times, row["errors"], *cpu]
