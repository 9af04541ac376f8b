"""Programs that the bench starts, and what they have used."""

import os
import signal
import socket
import subprocess
import time
from pathlib import Path

DEADLINE = 30.0
TICKS = os.sysconf("SC_CLK_TCK")
# None of the settings of whoever calls is for the nodes.
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("DOCKET_")}


class Failure(Exception):
    """What keeps the bench from going on."""


def until(what, condition, seconds=DEADLINE):
    """Waits for a condition, and gives what it gave."""
    end = time.monotonic() + seconds
    while not (result := condition()):
        if time.monotonic() > end:
            raise Failure(f"{what}: not within {seconds:.0f} s")
        time.sleep(0.02)
    return result


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def listens(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


def unprivileged():
    """Arguments that keep a program from running as root, which PostgreSQL refuses."""
    if os.geteuid() != 0:
        return {}
    return {"user": "postgres", "group": "postgres", "extra_groups": []}


def run(*command, **more):
    """Runs a program to its end, and gives what it printed."""
    more = {"cwd": "/", "env": ENVIRONMENT, **more}
    ran = subprocess.run(command, capture_output=True, text=True, check=False, **more)
    if ran.returncode != 0:
        raise Failure(f"{command[0]}: {ran.stderr.strip()}")
    return ran.stdout.strip()


def succeeds(*command):
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def stat(pid):
    """The parent of a process, its ticks, and those of its children that have ended."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except OSError:
        return None
    # The name before may hold blanks.
    fields = text.rpartition(")")[2].split()
    user, system, children_user, children_system = map(int, fields[11:15])
    return int(fields[1]), user + system, children_user + children_system


class Program:
    """A server that runs until it is told to end."""

    def __init__(self, home, command, **more):
        self.home = Path(home)
        self.command = command
        self.more = {"cwd": self.home, "env": ENVIRONMENT, **more}
        self.process = None

    def start(self):
        with open(self.home / "log", "ab") as log:
            self.process = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, **self.more
            )

    def check(self):
        """Fails with its last words if it has ended."""
        if not self.runs:
            lines = (self.home / "log").read_text(errors="replace").splitlines()
            raise Failure(f"{self.command[0]} has ended: {' '.join(lines[-5:])}")

    def wait_for_port(self, port):
        def answers():
            self.check()
            return listens(port)

        until(f"{self.command[0]} at port {port}", answers)

    @property
    def runs(self):
        return self.process is not None and self.process.poll() is None

    def family(self):
        """The process and its children."""
        pids = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal()]
        mine = self.process.pid
        children = [pid for pid in pids if (found := stat(pid)) and found[0] == mine]
        return [mine, *children]

    def cpu_seconds(self):
        """What it and its children have used, also those that have ended."""
        if not self.runs:
            return 0.0
        first, *others = (found for pid in self.family() if (found := stat(pid)))
        return (first[1] + first[2] + sum(other[1] for other in others)) / TICKS

    def kill(self):
        """Ends it and its children without a chance to do anything more."""
        for pid in self.family():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.process.wait()

    def stop(self, ending=signal.SIGTERM):
        if not self.runs:
            return
        self.process.send_signal(ending)
        try:
            self.process.wait(DEADLINE)
        except subprocess.TimeoutExpired:
            self.kill()
