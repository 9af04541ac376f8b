"""Kills nodes and databases under load, and counts what was acknowledged and is not there."""

import sys
import time

from cluster import NAMES
from load import Load

# Load before the fault, and after its mending.
BEFORE = 2.0
AFTER = 3.0
# How long a dead node stays away.
AWAY = 3.0
# What notices that a database is dead, and makes sure that it stays so, takes a while.
NOTICE = 2.0
# Longer than Docket waits for a statement, so that writes are given up.
UNNOTICED = 5.0
TIMES = range(1, 4)
# What must be empty at the end.
BAD = ["lost", "doubled", "stale", "refused", "unanswered"]


def kill_node(cluster, name):
    node = cluster.nodes[name]
    killed = time.monotonic()
    node.kill()
    time.sleep(AWAY)
    node.start()
    return killed


def kill_primary(cluster, _):
    """Promotes the standby: the procedure of docs/scale.md."""
    killed = time.monotonic()
    cluster.databases.primary.kill()
    time.sleep(NOTICE)
    cluster.databases.promote()
    cluster.pooler.switch(cluster.databases.primary.port)
    return killed


def kill_standby(cluster, _):
    """Until the primary is told otherwise it waits for it with every commit."""
    killed = time.monotonic()
    cluster.databases.standby.kill()
    time.sleep(UNNOTICED)
    cluster.databases.do_without_standby()
    return killed


def under_load(cluster, fault, targets):
    """Does it once for each target, under load all the time, and settles the account."""
    seen = []
    with Load(cluster.balancer.port) as load:
        for target in targets:
            time.sleep(BEFORE)
            killed = fault(cluster, target)
            mended = time.monotonic() - killed
            cluster.scale(len(NAMES))
            time.sleep(AFTER)
            seen.append({"mended": mended} | load.after(killed, time.monotonic()))
            print(f"{fault.__name__} {target}: {seen[-1]}", file=sys.stderr)
            if not cluster.databases.standby:
                cluster.databases.add_standby()
    return {"faults": seen} | load.account()


def faults(cluster, _):
    cluster.scale(len(NAMES))
    return {
        "node killed": under_load(cluster, kill_node, NAMES),
        "primary killed": under_load(cluster, kill_primary, TIMES),
        "standby killed": under_load(cluster, kill_standby, TIMES),
    }


def is_bad(results):
    return any(result[name] for result in results.values() for name in BAD)


def total(seen):
    """The errors of all faults together."""
    kinds = sorted({kind for one in seen for kind in one["errors"]})
    counts = [(kind, sum(one["errors"].get(kind, 0) for one in seen)) for kind in kinds]
    return ", ".join(f"{count:,} × {kind}" for kind, count in counts) or "none"


def rows(results):
    """The results as rows of a table, under their heads."""
    yield [
        "Fault", "Times", "Creates acknowledged", "Asked again", "Errors that clients saw",
        "Mended after s", "Errors for s", "No create for s", "Slowest answer s",
        *(name.capitalize() for name in BAD),
    ]
    for name, result in results.items():
        seen = result["faults"]
        times = [
            " to ".join(f"{bound(one[figure] for one in seen):.1f}" for bound in (min, max))
            for figure in ("mended", "errors_until", "stalled", "slowest")
        ]
        yield [
            name, len(seen), f"{result['acknowledged']:,}", f"{result['again']:,}", total(seen),
            *times, *(len(result[bad]) for bad in BAD),
        ]
