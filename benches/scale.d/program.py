"""Programs started by the benchmark, and their resource use."""

import os
import signal
import socket
import subprocess
import time
from pathlib import Path

DEADLINE = 30.0
TICKS = os.sysconf("SC_CLK_TCK")
# The nodes inherit none of the caller's settings.
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("DOCKET_")}


class Failure(Exception):
    """An error that ends the benchmark."""


def until(what, condition, seconds=DEADLINE):
    """Waits for a condition and returns its value."""
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
    """Returns arguments that run a program without root, which PostgreSQL refuses."""
    if os.geteuid() != 0:
        return {}
    return {"user": "postgres", "group": "postgres", "extra_groups": []}


def run(*command, **more):
    """Runs a program until it exits, and returns its output."""
    more = {"cwd": "/", "env": ENVIRONMENT, **more}
    ran = subprocess.run(command, capture_output=True, text=True, check=False, **more)
    if ran.returncode != 0:
        raise Failure(f"{command[0]}: {ran.stderr.strip()}")
    return ran.stdout.strip()


def succeeds(*command):
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def stat(pid):
    """Returns the parent of a process, its ticks, and those of its exited children."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except OSError:
        return None
    # The process name before may contain blanks.
    fields = text.rpartition(")")[2].split()
    user, system, children_user, children_system = map(int, fields[11:15])
    return int(fields[1]), user + system, children_user + children_system


class Program:
    """A server that runs until stopped."""

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
        """Raises a failure with the last lines of the log if the program has exited."""
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
        """Returns the process and its children."""
        pids = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal()]
        mine = self.process.pid
        children = [pid for pid in pids if (found := stat(pid)) and found[0] == mine]
        return [mine, *children]

    def cpu_seconds(self):
        """Returns the CPU time of the process and its children, including those that have exited."""
        if not self.runs:
            return 0.0
        first, *others = (found for pid in self.family() if (found := stat(pid)))
        return (first[1] + first[2] + sum(other[1] for other in others)) / TICKS

    def kill(self):
        """Kills the process and its children."""
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
