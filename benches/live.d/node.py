"""A node of Docket and the databases that two of them share."""
import base64
import os
import secrets
import signal
import socket
import subprocess
import tempfile
import time
import uuid

KEY = "shared:" + base64.urlsafe_b64encode(secrets.token_bytes(32)).rstrip(b"=").decode()
MUCH = "1000000/1m"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Node:
    def __init__(self, url: str, place: str):
        self.port = free_port()
        limits = ("SIGN_IN_ACCOUNT", "SIGN_IN_ADDRESS", "REGISTRATION", "REFRESH", "API")
        settings = {f"DOCKET_LIMIT_{name}": MUCH for name in limits} | {
            "DOCKET_PORT": str(self.port), "DOCKET_DATABASE_URL": url, "DOCKET_DATA_DIR": place,
            "DOCKET_JWT_KEYS": KEY, "DOCKET_ACCESS_TOKEN_SECONDS": "86400",
        }
        kept = {name: value for name, value in os.environ.items()
                if not name.startswith(("DOCKET_", "ROCKET_"))}
        os.makedirs(place, exist_ok=True)
        self.log = open(os.path.join(place, "log"), "ab")
        self.process = subprocess.Popen(
            [os.path.abspath(os.environ["BINARY"]), "serve"], cwd=place, env=kept | settings,
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        deadline = time.monotonic() + 60
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return
            except OSError:
                if time.monotonic() > deadline or self.process.poll() is not None:
                    raise RuntimeError(f"no server: see {place}/log")
                time.sleep(0.1)

    def memory(self) -> int:
        """Returns the resident memory in bytes, without pages of files such as SQLite's database."""
        with open(f"/proc/{self.process.pid}/status") as file:
            line = next(line for line in file if line.startswith("RssAnon:"))
        return int(line.split()[1]) * 1024

    def cpu(self) -> float:
        """Returns the CPU time in seconds."""
        with open(f"/proc/{self.process.pid}/stat") as file:
            fields = file.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        self.process.wait(30)
        self.log.close()


class Database:
    """A new database of an engine."""

    def __init__(self, engine: str, place: str):
        self.engine = engine
        self.name = f"docket_live_{uuid.uuid4().hex}"
        if engine == "sqlite":
            self.url = f"sqlite:{place}/docket.db"
            return
        self.server = os.environ["POSTGRES_URL" if engine == "postgres" else "MYSQL_URL"]
        self.url = self.server.rpartition("/")[0] + "/" + self.name
        self._run(f"CREATE DATABASE {self.name}")

    def _run(self, sql: str):
        if self.engine == "postgres":
            command = ["psql", "--no-psqlrc", "--quiet", "--command", sql, self.server]
        else:
            user, _, place = self.server.removeprefix("mysql://").partition("@")
            user, _, password = user.partition(":")
            host, _, port = place.partition("/")[0].partition(":")
            command = ["mariadb", f"--user={user}", f"--password={password}", f"--host={host}",
                       f"--port={port or 3306}", "--execute", sql]
        subprocess.run(command, check=True, capture_output=True)

    def drop(self):
        if self.engine == "postgres":
            self._run(f"DROP DATABASE {self.name} WITH (FORCE)")
        elif self.engine == "mysql":
            self._run(f"DROP DATABASE {self.name}")


class Pair:
    """Two nodes on one database."""

    def __init__(self, engine: str):
        self.directory = tempfile.TemporaryDirectory()
        place = self.directory.name
        self.database = Database(engine, place)
        self.nodes = [Node(self.database.url, f"{place}/{name}") for name in ("one", "other")]

    def __enter__(self):
        return self.nodes

    def __exit__(self, *_):
        for node in self.nodes:
            node.stop()
        self.database.drop()
        self.directory.cleanup()
