"""A PostgreSQL primary and its synchronous standby."""

import signal
from pathlib import Path

from program import Program, free_port, run, succeeds, unprivileged, until

SETTINGS = Path(__file__).with_name("postgresql.conf").read_text(encoding="utf-8")


class Server(Program):
    """A PostgreSQL server."""

    def __init__(self, home):
        self.port = free_port()
        self.data = home / "data"
        command = ["postgres", "-D", str(self.data), "-p", str(self.port)]
        super().__init__(home, command, **unprivileged())

    def ask(self, statement, database="postgres"):
        address = ["-h", "127.0.0.1", "-p", str(self.port), "-U", "docket", "-d", database]
        return run("psql", "-XAtq", "-v", "ON_ERROR_STOP=1", *address, "-c", statement)

    def start(self):
        super().start()
        self.wait_for_port(self.port)
        ready = ["pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port), "-t", "1"]
        until("PostgreSQL is ready", lambda: succeeds(*ready))

    def stop(self, ending=signal.SIGINT):
        super().stop(ending)


class Pair:
    """The primary, and the standby it waits for at each commit."""

    def __init__(self, home):
        self.home = home
        self.made = 0
        self.standby = None
        self.primary = self.server()
        run(
            "initdb", "--pgdata", self.primary.data, "--username=docket", "--auth=trust",
            "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", **unprivileged(),
        )
        with open(self.primary.data / "postgresql.conf", "a", encoding="utf-8") as file:
            file.write(SETTINGS)

    def start(self):
        self.primary.start()
        # Without the standby, the first commit would wait.
        self.add_standby()

    def server(self):
        self.made += 1
        home = self.home / f"postgresql-{self.made}"
        home.mkdir()
        home.chmod(0o1777)
        return Server(home)

    def add_standby(self):
        """Creates a synchronous standby from a copy of the primary."""
        standby = self.server()
        source = f"host=127.0.0.1 port={self.primary.port} user=docket application_name=standby"
        run(
            "pg_basebackup", "--dbname", source, "--pgdata", standby.data, "--checkpoint=fast",
            "--wal-method=stream", "--write-recovery-conf", "--no-sync",
            "--create-slot", f"--slot=standby_{self.made}", **unprivileged(),
        )
        self.standby = standby
        standby.start()
        # A promotion has cleared it.
        self.primary.ask("ALTER SYSTEM RESET synchronous_standby_names")
        self.primary.ask("SELECT pg_reload_conf()")
        state = "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'"
        until("the standby is synchronous", lambda: self.primary.ask(state) == "1")

    def promote(self):
        """Promotes the standby. The new primary waits for no standby, because it has none."""
        self.primary, self.standby = self.standby, None
        self.wait_for_nobody()
        self.primary.ask("SELECT pg_promote()")

    def do_without_standby(self):
        """Lets the primary acknowledge commits without a standby."""
        self.standby = None
        self.wait_for_nobody()
        # The slot would retain all WAL from now on.
        self.primary.ask("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots")

    def wait_for_nobody(self):
        self.primary.ask("ALTER SYSTEM SET synchronous_standby_names = ''")
        self.primary.ask("SELECT pg_reload_conf()")

    def stop(self):
        # The primary first: it waits until the standby has received everything.
        for server in (self.primary, self.standby):
            if server:
                server.stop()
