"""CPU seconds and peak memory of one process."""

from __future__ import annotations

import resource
import time
from pathlib import Path

_STATUS = Path("/proc/self/status")


def _status_mb(field: str) -> float | None:
    if not _STATUS.exists():
        return None
    for line in _STATUS.read_text().splitlines():
        if line.startswith(field):
            return int(line.split()[1]) / 1024
    return None


def resident_mb() -> float:
    """Memory resident now; where the system does not tell, the peak so far."""
    now = _status_mb("VmRSS:")
    return peak_mb() if now is None else now


def peak_mb() -> float:
    high = _status_mb("VmHWM:")
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 if high is None else high


def forget_peak() -> None:
    """Start the peak afresh (Linux), so that compiling during the warm-up is not counted."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        pass


def best_of(repeat: int, run) -> tuple[float, float]:
    """Least CPU seconds and least wall seconds of `repeat` calls."""
    cpu, wall = [], []
    for _ in range(repeat):
        c, w = time.process_time(), time.perf_counter()
        run()
        cpu.append(time.process_time() - c)
        wall.append(time.perf_counter() - w)
    return min(cpu), min(wall)
