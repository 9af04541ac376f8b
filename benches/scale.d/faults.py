"""Kills nodes and databases under load, and counts lost and duplicated writes."""

import sys
import time

from cluster import NAMES
from load import Load

# Seconds of load before the fault and after the repair.
BEFORE = 2.0
AFTER = 3.0
# Seconds until a killed node is restarted.
AWAY = 3.0
# Seconds to detect a dead database and to fence it.
NOTICE = 2.0
# Longer than Docket waits for a statement, so that writes time out.
UNNOTICED = 5.0
TIMES = range(1, 4)
# Counters that must be zero at the end.
BAD = ["lost", "duplicated", "stale", "rejected", "unanswered"]


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
    """The primary waits for the standby at every commit until it is configured not to."""
    killed = time.monotonic()
    cluster.databases.standby.kill()
    time.sleep(UNNOTICED)
    cluster.databases.do_without_standby()
    return killed


def under_load(cluster, fault, targets):
    """Injects the fault once per target under continuous load, then verifies all writes."""
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
    """Returns the errors of all faults together."""
    kinds = sorted({kind for one in seen for kind in one["errors"]})
    counts = [(kind, sum(one["errors"].get(kind, 0) for one in seen)) for kind in kinds]
    return ", ".join(f"{count:,} × {kind}" for kind, count in counts) or "none"


def rows(results):
    """Yields the rows of the table, with its header."""
    yield [
        "Fault", "Times", "Creates acknowledged", "Retried", "Errors seen by clients",
        "Repaired after s", "Errors for s", "No create for s", "Slowest response s",
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
