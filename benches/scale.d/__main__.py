"""Runs the phases and prints their results."""

import argparse
import json
import signal
import sys
from pathlib import Path

import faults
import sizes
import throughput
from cluster import Cluster
from program import Failure

PHASES = {
    "sizes": (sizes.sizes, sizes.rows),
    "throughput": (throughput.throughput, throughput.rows),
    "faults": (faults.faults, faults.rows),
}


def options():
    parser = argparse.ArgumentParser(prog="benches/scale")
    parser.add_argument("--home", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--binary", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--rounds", type=int, default=3, help="rounds of the throughput")
    parser.add_argument("--seconds", type=int, default=5, help="length of a round, for each load and size")
    parser.add_argument("--only", choices=PHASES, help="one phase")
    parser.add_argument("--json", type=Path, default="target/scale.json", help="file for the results")
    return parser.parse_args()


def table(rows):
    head, *rest = [[str(cell) for cell in row] for row in rows]
    lines = [head, ["---"] * len(head), *rest]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def main():
    chosen = options()
    # On SIGTERM, exits normally and stops all programs.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    results = {}
    with Cluster(chosen.home, chosen.binary) as cluster:
        for name, (measure, rows) in PHASES.items():
            if chosen.only in (None, name):
                results[name] = measure(cluster, chosen)
                print(table(rows(results[name])), end="\n\n", flush=True)
    chosen.json.parent.mkdir(parents=True, exist_ok=True)
    chosen.json.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    if faults.is_bad(results.get("faults", {})):
        raise Failure("what was acknowledged is not all there once")


if __name__ == "__main__":
    try:
        main()
    except Failure as failure:
        sys.exit(f"benches/scale: {failure}")
