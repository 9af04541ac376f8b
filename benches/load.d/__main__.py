"""Compares Docket with the peer; started by benches/load."""
import argparse
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time

import account
import check
import cold_start
import machine
import others
import profiles
import report
import seed
from database import Mysql, Postgres, Sqlite, durability
from measurement import Cell, Contestant, measure, write_users
from server import Docket, Peer, Server

PLACE = os.path.join("target", "load")


def progress(text: str):
    print(time.strftime("%H:%M:%S"), text, file=sys.stderr, flush=True)


def numbers(text: str) -> list[int]:
    return [int(float(part)) for part in text.split(",")]


def names(known):
    def parse(text: str) -> list[str]:
        chosen = text.split(",")
        for name in chosen:
            if name not in known:
                raise argparse.ArgumentTypeError(f"{name} is none of {', '.join(known)}")
        return chosen
    return parse


def parse_options():
    parser = argparse.ArgumentParser(
        prog="benches/load", formatter_class=argparse.ArgumentDefaultsHelpFormatter,
        description="Measures Docket beside a tuned FastAPI server, in turn, and prints tables.")
    add = parser.add_argument
    add("--docket", metavar="PATH", help="the program; built by default")
    add("--engines", type=names(("sqlite", "postgresql", "mysql")), default="sqlite,postgresql",
        help="mysql only with --account")
    add("--profiles", type=names(profiles.BY_NAME), default=",".join(profiles.BY_NAME),
        help="loads to measure; %(default)s")
    add("--connections", type=numbers, help="64,1000 by default, with --others 1,64")
    add("--rounds", type=int, default=3)
    add("--seconds", type=int, default=10, help="length of each round")
    add("--warmup", type=int, default=2, help="seconds before each round")
    add("--users", type=int, default=10_000)
    add("--tasks", type=int, default=1_000_000, help="total number of tasks")
    add("--active", type=int, default=200, help="users that repeatedly read the same list")
    add("--rate", type=int, default=400, help="requests per second of mixed-paced")
    add("--starts", type=int, default=10, help="cold starts; 0 for none")
    add("--others", type=numbers, nargs="?", const="1e3,1e5,1e7", metavar="SIZES",
        help="only Docket's lists, with this many tasks of other users: %(const)s")
    add("--account", metavar="TEXT", nargs="?", const="", dest="only",
        help="only Docket's lists of an account with 110,000 tasks, beside accounts with 500; those "
             "whose name contains a part of TEXT, whose parts are separated by |")
    add("--peer-synchronous", choices=("FULL", "NORMAL"), default="FULL",
        help="synchronous mode of SQLite in the peer; Docket uses FULL")
    add("--json", default=os.path.join(PLACE, "result.json"), help="file for all results")
    add("--peer", help=argparse.SUPPRESS)
    add("--postgresql", help=argparse.SUPPRESS)
    add("--mysql", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.users > options.tasks:
        parser.error("each user needs a task")
    if "mysql" in options.engines and options.only is None:
        parser.error("the peer has no MySQL")
    options.connections = options.connections or ([1, 64] if options.others else [64, 1000])
    return options


def make_database(options):
    def make(engine: str, place: str, name: str):
        if engine == "sqlite":
            database = Sqlite(place, name)
            database.drop()
            return database
        if engine == "mysql":
            return Mysql(options.mysql, name)
        return Postgres(options.postgresql, name)
    return make


def cell_of(engine: str, profile, connections: int, docket: Docket, peer: Peer, options) -> Cell:
    """Starts the servers and writes the input of the load for each."""
    if profile.operation in ("page", "static"):
        contestants = [Contestant(f"Docket's {profile.operation}", docket, profile.operation),
                       Contestant("Docket's list", docket, "list")]
    else:
        contestants = [Contestant(server.name, server, profile.operation)
                       for server in (docket, peer)]
    counts = {"all": options.users, "people": profiles.PEOPLE, "few": options.active}
    files = {}
    for server in dict.fromkeys(contestant.server for contestant in contestants):
        server.start(**(profile.docket_settings if server is docket and docket.has_cache else {}))
        users = server.users[:counts[profile.among]]
        files[server.name] = write_users(server, users, profile.operation == "conditional")
    return Cell(engine, profile, connections, contestants, files)


def measure_cell(cell: Cell, options) -> list[dict]:
    results = []
    for number in range(1, options.rounds + 1):
        for contestant in cell.contestants:
            result = measure(cell, contestant, number, options)
            results.append(result)
            progress(f"{cell.engine}, {cell.profile.name}, {cell.connections} connections, round "
                     f"{number}, {contestant.name}: {result['rate']:,}/s, p50 {result['p50']}, p99 "
                     f"{result['p99']} ms, {result['failed']} errors, {result['refused']} refused")
    return results


def prepare(engine: str, plan: seed.Plan, options) -> list[Server]:
    place = os.path.join(options.place, engine)
    os.makedirs(place, exist_ok=True)
    make = make_database(options)
    docket = Docket(os.path.join(place, "docket"), make(engine, place, "docket_load"),
                    options.docket)
    peer = Peer(os.path.join(place, "peer"), make(engine, place, "peer_load"), options.peer,
                options.peer_synchronous)
    for server in (docket, peer):
        progress(f"{engine}: {plan.users:,} accounts and {plan.tasks:,} tasks for {server.name}")
        server.prepare(plan)
        try:
            server.start()
            check.check(server, plan)
        finally:
            server.stop()
    return [docket, peer]


def measure_engine(engine: str, options, results: list[dict]) -> dict:
    """Measures everything on one engine, adding results as they arrive."""
    servers = prepare(engine, seed.Plan(options.users, options.tasks), options)
    facts = durability(servers[0].database)
    try:
        for name in options.profiles:
            profile = profiles.BY_NAME[name]
            for connections in [max(options.connections)] if profile.paced else options.connections:
                try:
                    cell = cell_of(engine, profile, connections, *servers, options)
                    results.extend(measure_cell(cell, options))
                finally:
                    for server in servers:
                        server.stop()
        starts = cold_start.cold_starts(servers, options.starts)
    finally:
        for server in servers:
            server.stop()
            server.database.drop()
    hashes = {f"{server.name}'s password hash": "$".join(server.password_hash.split("$")[:4])
              for server in servers}
    return {"facts": facts | hashes, "starts": starts}


def describe(options) -> dict[str, str]:
    docket = Docket(os.path.join(options.place, "about"), Sqlite(options.place, "about"),
                    options.docket)
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True)
    return machine.description() | {
        "Docket": f"{docket.version()}, at the commit {commit.stdout.strip() or '?'}",
        "Docket's lists in memory": "" if docket.has_cache else "none: it has no such setting",
        "Peer": "FastAPI, uvicorn with 2 workers, uvloop and httptools",
        "Python": sys.version.split()[0],
        "SQLite synchronous": f"Docket FULL, peer {options.peer_synchronous}, both WAL",
        "Filesystem": f"{machine.filesystem(os.path.abspath(options.place))} (SQLite)",
        "Data": "" if options.others or options.only is not None else f"{options.users:,} accounts, {options.tasks:,} tasks",
        "Rounds": f"{options.rounds} of {options.seconds} s after {options.warmup} s, in turn",
    }


def show_facts(facts: dict[str, str]):
    print("\n".join(f"- {name}: {value}" for name, value in facts.items() if value), "\n")


def main() -> int:
    options = parse_options()
    # Exits normally, so that the servers are stopped too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("told to end"))
    options.place = os.path.join(PLACE, "servers")
    shutil.rmtree(options.place, ignore_errors=True)
    os.makedirs(options.place)
    # The largest number of connections needs more open files than a shell usually allows, also in
    # wrk and the servers.
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    facts, results, engines = describe(options), [], {}
    show_facts(facts)
    try:
        for engine in options.engines:
            if options.only is not None:
                place = os.path.join(options.place, engine)
                os.makedirs(place)
                results += account.measure_engine(engine, place, make_database(options), options,
                                                  progress)
                continue
            if options.others:
                results += others.measure_others(engine, options, make_database(options), progress)
                continue
            begin = len(results)
            engines[engine] = measure_engine(engine, options, results)
            print(f"## {engine}\n")
            show_facts(engines[engine]["facts"])
            mine = results[begin:]
            tables = (report.compared(mine), report.by_kind(mine),
                      report.cold_starts(engines[engine]["starts"]))
            print("\n\n".join(filter(None, tables)) + "\n", flush=True)
    finally:
        with open(options.json, "w") as file:
            json.dump({"machine": facts, "options": vars(options), "engines": engines,
                       "results": results}, file, indent=1)
    if options.only is not None:
        print(account.table(results), end="\n\n")
        print(account.against_a_project(results))
        return 0
    if options.others:
        print(report.scaling(results))
    failed = [result for result in results
              if result["failed"] and result["contestant"].startswith("Docket")]
    for result in failed:
        progress(f"Docket has errors: {result['engine']}, {result['profile']}, "
                 f"{result['connections']} connections: {result['errors']}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
