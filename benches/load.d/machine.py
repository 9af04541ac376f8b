"""Properties of the machine, and resource use of processes, from /proc."""
import os
import platform
import threading
import time

TICK = os.sysconf("SC_CLK_TCK")


def _stat(pid: int) -> list[str]:
    with open(f"/proc/{pid}/stat") as file:
        return file.read().rpartition(")")[2].split()


def tree(root: int) -> set[int]:
    """Returns a process and all its descendants."""
    parents = {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            parents[int(pid)] = int(_stat(int(pid))[1])
        except OSError:
            pass
    found, size = {root}, 0
    while size != len(found):
        size = len(found)
        found |= {pid for pid, parent in parents.items() if parent in found}
    return found


def cpu_seconds(root: int) -> float:
    """Returns the CPU time of a process and its descendants, including those that have exited."""
    total = 0
    for pid in tree(root):
        try:
            total += sum(map(int, _stat(pid)[11:15]))
        except OSError:
            pass
    return total / TICK


def wait_until_idle(roots: list[int]):
    """Waits until the servers have finished work for disconnected clients, which must not count."""
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        before = sum(map(cpu_seconds, roots))
        time.sleep(0.3)
        if sum(map(cpu_seconds, roots)) - before <= 2 / TICK:
            return


def memory(root: int) -> tuple[float, float]:
    """Returns the resident MiB, and those not backed by a file. SQLite maps the database into the
    peer's memory: that counts as resident, but the kernel can reclaim it at any time."""
    sizes = {"VmRSS": 0, "RssAnon": 0}
    for pid in tree(root):
        try:
            with open(f"/proc/{pid}/status") as file:
                for line in file:
                    name, _, value = line.partition(":")
                    if name in sizes:
                        sizes[name] += int(value.split()[0])
        except OSError:
            pass
    return sizes["VmRSS"] / 1024, sizes["RssAnon"] / 1024


class Peak:
    """Peak memory of a process and its descendants, sampled twice a second."""

    def __init__(self, root: int):
        self.root = root
        self.resident = self.own = 0.0
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.thread.join()
        self._look()

    def _look(self):
        resident, own = memory(self.root)
        self.resident, self.own = max(self.resident, resident), max(self.own, own)

    def _watch(self):
        while not self.ended.wait(0.5):
            self._look()


def filesystem(path: str) -> str:
    """Returns the file system of a path: on some, a sync costs nothing."""
    best, kind = "", "?"
    with open("/proc/self/mounts") as file:
        for line in file:
            _, place, type_, *_ = line.split()
            if len(place) > len(best) and (path + "/").startswith(place.rstrip("/") + "/"):
                best, kind = place, type_
    return kind


def description() -> dict[str, str]:
    with open("/proc/cpuinfo") as file:
        models = [line.partition(":")[2].strip() for line in file if line.startswith("model name")]
    with open("/proc/meminfo") as file:
        memory_kib = int(file.readline().split()[1])
    return {
        "CPU": f"{os.cpu_count()} x {models[0] if models else platform.machine()}",
        "Memory": f"{memory_kib / 2**20:.0f} GiB",
        "Kernel": platform.release(),
        "Load average before": " ".join(f"{load:.2f}" for load in os.getloadavg()),
    }
