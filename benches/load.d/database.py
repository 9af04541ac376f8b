"""The databases of both servers, filled directly: a million tasks through HTTP take hours."""
import itertools
import os
import sqlite3
import subprocess
from urllib.parse import urlsplit


class Sqlite:
    """A SQLite file."""
    # There is no server process.
    process = None

    def __init__(self, place: str, name: str):
        self.path = os.path.join(os.path.abspath(place), f"{name}.db")

    @property
    def docket_url(self) -> str:
        return f"sqlite:{self.path}"

    @property
    def peer_url(self) -> str:
        return f"sqlite:///{self.path}"

    def value(self, sql: str) -> str:
        connection = sqlite3.connect(self.path, isolation_level=None)
        try:
            row = connection.execute(sql).fetchone()
            return str(row[0]) if row else ""
        finally:
            connection.close()

    def fill(self, table: str, columns: tuple, rows):
        """Inserts rows without crash safety: the file can be recreated."""
        connection = sqlite3.connect(self.path, isolation_level=None)
        try:
            for pragma in ("journal_mode = DELETE", "journal_mode = OFF", "synchronous = OFF",
                           "locking_mode = EXCLUSIVE", "cache_size = -2000000"):
                connection.execute(f"PRAGMA {pragma}").fetchall()
            connection.execute("BEGIN")
            places = ", ".join("?" * len(columns))
            connection.executemany(
                f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})", rows)
            connection.execute("COMMIT")
        finally:
            connection.close()

    def settle(self):
        """Flushes pending writes, so that they do not disturb a measurement."""
        os.sync()

    def drop(self):
        for end in ("", "-wal", "-shm"):
            if os.path.exists(self.path + end):
                os.remove(self.path + end)


class Postgres:
    """A database on an existing PostgreSQL server."""

    def __init__(self, server_url: str, name: str):
        self.server_url = server_url
        self.name = name
        self._run(server_url, f"CREATE DATABASE {name}")
        self.url = server_url.rpartition("/")[0] + "/" + name
        directory = self.value("SHOW data_directory")
        with open(os.path.join(directory, "postmaster.pid")) as file:
            self.process = int(file.readline())

    @staticmethod
    def _run(url: str, sql: str) -> str:
        command = ["psql", "--no-psqlrc", "--quiet", "--tuples-only", "--no-align",
                   "--set", "ON_ERROR_STOP=1", "--command", sql, url]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    @property
    def docket_url(self) -> str:
        return self.url

    @property
    def peer_url(self) -> str:
        parts = urlsplit(self.url)
        return f"postgresql+asyncpg://{parts.netloc}{parts.path}"

    def value(self, sql: str) -> str:
        return self._run(self.url, sql)

    def fill(self, table: str, columns: tuple, rows):
        """Inserts rows."""
        copy = f"COPY {table} ({', '.join(columns)}) FROM STDIN"
        command = ["psql", "--no-psqlrc", "--quiet", "--set", "ON_ERROR_STOP=1",
                   "--command", copy, self.url]
        with subprocess.Popen(command, stdin=subprocess.PIPE, text=True) as process:
            for row in rows:
                process.stdin.write("\t".join(map(self._written, row)) + "\n")
        if process.returncode:
            raise SystemExit(f"psql could not fill {table}")

    @staticmethod
    def _written(value) -> str:
        """Formats a value for COPY; no value contains a tab or a backslash."""
        return "\\N" if value is None else str(value).replace("\n", "\\n")

    def settle(self):
        """Runs the maintenance that the server would do later."""
        self._run(self.url, "VACUUM (ANALYZE)")
        self._run(self.url, "CHECKPOINT")
        os.sync()

    def drop(self):
        self._run(self.server_url, f"DROP DATABASE {self.name}")


class Mysql:
    """A database on an existing MariaDB server."""

    def __init__(self, server_url: str, name: str):
        self.server_url = server_url
        self.name = name
        self._run("", f"CREATE DATABASE {name}")
        self.process = int(open(self.value("SELECT @@pid_file")).read())

    @property
    def docket_url(self) -> str:
        return self.server_url.rpartition("/")[0] + "/" + self.name

    def _run(self, database: str, sql: str) -> str:
        parts = urlsplit(self.server_url)
        command = ["mariadb", "--no-defaults", "--protocol=tcp", f"--host={parts.hostname}",
                   f"--port={parts.port}", f"--user={parts.username}", "--batch", "--skip-column-names",
                   "--default-character-set=utf8mb4", database]
        return subprocess.run(command, input=sql, check=True, capture_output=True, text=True,
                              ).stdout.strip()

    def value(self, sql: str) -> str:
        return self._run(self.name, sql)

    def fill(self, table: str, columns: tuple, rows):
        """Inserts rows."""
        insert = f"INSERT INTO {table} ({', '.join(columns)}) VALUES "
        statements = ["SET unique_checks = 0; SET foreign_key_checks = 0; START TRANSACTION"]
        rows = iter(rows)
        while part := list(itertools.islice(rows, 1_000)):
            statements.append(insert + ", ".join(map(self._written, part)))
        self.value(";\n".join([*statements, "COMMIT"]))

    @staticmethod
    def _written(row) -> str:
        """Formats a row; no value contains a quote or a backslash that needs an escape."""
        values = ("NULL" if value is None else str(value) if isinstance(value, int) else f"'{value}'"
                  for value in row)
        return f"({', '.join(values)})"

    def settle(self):
        """Runs the maintenance that the server would do later."""
        tables = self.value("SHOW TABLES").split()
        self.value(f"ANALYZE TABLE {', '.join(tables)}")
        os.sync()

    def drop(self):
        self._run("", f"DROP DATABASE {self.name}")


def durability(database) -> dict[str, str]:
    """Returns the server's durability settings."""
    if isinstance(database, Sqlite):
        return {"SQLite": sqlite3.sqlite_version + " (that of this script)"}
    names = ("server_version", "fsync", "synchronous_commit", "full_page_writes",
             "wal_sync_method", "default_transaction_isolation", "shared_buffers")
    return {f"PostgreSQL {name}": database.value(f"SHOW {name}") for name in names}
