"""Where processor time goes: seconds used by each process of the run."""

from collections.abc import Mapping

import psutil


def seconds_by_process(pids: Mapping[str, int]) -> dict[str, float]:
    """User and system seconds by name, children included (each backend of PostgreSQL is one)."""
    used: dict[str, float] = {}
    for name, pid in pids.items():
        total = 0.0
        for process in _family(pid):
            try:
                times = process.cpu_times()
            except psutil.NoSuchProcess:
                continue
            total += times.user + times.system
        used[name] = total
    return used


def _family(pid: int) -> list[psutil.Process]:
    try:
        parent = psutil.Process(pid)
        return [parent, *parent.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def spent(before: Mapping[str, float], after: Mapping[str, float], units: int) -> dict[str, float]:
    """Microseconds a unit of work by process."""
    return {name: round((after[name] - before.get(name, 0.0)) / units * 1e6, 1) for name in after}
