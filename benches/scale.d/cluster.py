"""Nodes behind HAProxy, on PostgreSQL behind PgBouncer."""

import base64
import csv
import os
import secrets
import socket
import string
from pathlib import Path

from postgresql import Pair
from program import ENVIRONMENT, Program, free_port, run, until

HERE = Path(__file__).parent
NAMES = ["one", "two", "three", "four"]


def render(name, home, **values):
    """Writes a configuration with the ports of this run."""
    template = string.Template((HERE / name).read_text(encoding="utf-8"))
    path = home / name
    path.write_text(template.substitute(values), encoding="utf-8")
    path.chmod(0o644)
    return path


def directory(home, name):
    path = home / name
    path.mkdir()
    return path


class Pooler(Program):
    """PgBouncer."""

    def __init__(self, home, primary):
        self.port = free_port()
        user = ["-u", "postgres"] if os.geteuid() == 0 else []
        super().__init__(home, ["pgbouncer", *user, str(home / "pgbouncer.ini")])
        self.write(primary)

    def start(self):
        super().start()
        self.wait_for_port(self.port)

    def write(self, primary):
        render("pgbouncer.ini", self.home, port=self.port, primary=primary)

    def switch(self, primary):
        """Redirects all connections to another server."""
        self.write(primary)
        console = ["-h", "127.0.0.1", "-p", str(self.port), "-U", "docket", "-d", "pgbouncer"]
        run("psql", "-XAtq", *console, "-c", "RELOAD")


class Balancer(Program):
    """HAProxy."""

    def __init__(self, home, nodes):
        self.port = free_port()
        ports = {name: node.port for name, node in nodes.items()}
        configuration = render(
            "haproxy.cfg", home, socket=home / "haproxy.sock", port=self.port, **ports
        )
        super().__init__(home, ["haproxy", "-db", "-f", str(configuration)])

    def start(self):
        super().start()
        self.wait_for_port(self.port)

    def up(self):
        """Returns the names of the nodes considered ready."""
        with socket.socket(socket.AF_UNIX) as console:
            console.connect(str(self.home / "haproxy.sock"))
            console.sendall(b"show stat\n")
            with console.makefile(encoding="utf-8") as answer:
                rows = list(csv.DictReader(answer))
        return {row["svname"] for row in rows if row["svname"] in NAMES and row["status"] == "UP"}


class Cluster:
    """All programs; stopped together."""

    def __init__(self, home, binary):
        self.binary = binary
        self.databases = Pair(home)
        self.pooler = self.balancer = None
        self.nodes = {}
        self.home = home

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for program in [self.balancer, *self.nodes.values(), self.pooler]:
            if program:
                program.stop()
        self.databases.stop()

    def start(self):
        self.databases.start()
        self.databases.primary.ask("CREATE DATABASE docket")
        self.pooler = Pooler(directory(self.home, "pgbouncer"), self.databases.primary.port)
        self.pooler.start()
        key = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode().rstrip("=")
        self.nodes = {name: self.node(name, key) for name in NAMES}
        self.balancer = Balancer(directory(self.home, "haproxy"), self.nodes)
        self.balancer.start()

    @staticmethod
    def url(port):
        return f"postgres://docket@127.0.0.1:{port}/docket"

    def node(self, name, key):
        home = directory(self.home, f"node-{name}")
        port = free_port()
        settings = {
            "PORT": port,
            "DATA_DIR": home / "data",
            "DATABASE_URL": self.url(self.pooler.port),
            "DATABASE_PREPARED": "false",
            "JWT_KEYS": f"bench:{key}",
            "TRUSTED_PROXIES": "127.0.0.1",
            # A run takes longer than the default lifetime of an access token.
            "ACCESS_TOKEN_SECONDS": 86_400,
            "LIMIT_REGISTRATION": 0,
            # Counted, but never reached.
            "LIMIT_API": "1000000/1m",
        }
        settings = {f"DOCKET_{setting}": str(value) for setting, value in settings.items()}
        node = Program(home, [str(self.binary)], env=ENVIRONMENT | settings)
        node.port = port
        return node

    def go_past_the_pooler(self, past):
        """Stops the nodes and selects whether they connect through PgBouncer."""
        for node in self.nodes.values():
            node.stop()
            port = self.databases.primary.port if past else self.pooler.port
            node.more["env"] |= {
                "DOCKET_DATABASE_URL": self.url(port),
                # PgBouncer supports them from 1.21 on.
                "DOCKET_DATABASE_PREPARED": "true" if past else "false",
            }

    def scale(self, count):
        """Runs this many nodes, and waits until HAProxy considers them ready."""
        wanted = set(NAMES[:count])
        for name, node in self.nodes.items():
            if name in wanted and not node.runs:
                node.start()
            if name not in wanted:
                node.stop()
        until(f"{count} nodes are up", lambda: self.are_up(wanted))

    def are_up(self, wanted):
        for name in wanted:
            self.nodes[name].check()
        return self.balancer.up() == wanted

    def cpu_seconds(self):
        """Returns the CPU time of each component."""
        standby = self.databases.standby
        return {
            "docket": sum(node.cpu_seconds() for node in self.nodes.values()),
            "primary": self.databases.primary.cpu_seconds(),
            "standby": standby.cpu_seconds() if standby else 0.0,
            "pgbouncer": self.pooler.cpu_seconds(),
            "haproxy": self.balancer.cpu_seconds(),
        }
