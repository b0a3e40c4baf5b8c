"""Find the weight gain at which each family spikes at the target rate; rewrites gains.json.

Only needed when a model, a case or a version changes: `.venv/bin/python tune.py [family …]`.
"""

from __future__ import annotations

import importlib
import json
import os
import sys

from common import HERE, TARGET_RATE, WORKLOADS, draw, single_thread

FAMILIES = ("torch", "snntorch", "norse", "spikingjelly", "spyx")
PEER = {"torch": "torch-eager", "spikingjelly": "spikingjelly-multi"}


def bisect(family: str, case) -> float:
    """Geometric bisection; the rate grows with the gain up to small wiggles, so a few halvings of [0.005, 200] do."""
    module = importlib.import_module(f"peer_{family}")
    data = draw(case)
    low, high = 0.005, 200.0
    for _ in range(14):
        middle = (low * high) ** 0.5
        rate = module.build(PEER.get(family, family), case, middle, data).spike_rate()
        if abs(rate - TARGET_RATE) < 0.02 * TARGET_RATE:
            low = high = middle
            break
        low, high = (middle, high) if rate < TARGET_RATE else (low, middle)
    print(f"{family} {case.name}: gain {middle:.4g} rate {rate:.4f}", flush=True)
    return round(middle, 5)


def main() -> None:
    path = HERE / "gains.json"
    table = json.loads(path.read_text()) if path.exists() else {w: {} for w in WORKLOADS}
    os.environ.update(single_thread())
    for family in sys.argv[1:] or FAMILIES:
        for workload, cases in WORKLOADS.items():
            # They have one family, and the gains that our benchmarks use.
            if workload in ("eprop", "deep-r"):
                continue
            known: dict[str, float] = {}
            for case in cases:
                if case.gain_key not in known:
                    known[case.gain_key] = bisect(family, case)
            table[workload][family] = known
    path.write_text(json.dumps(table, indent=2) + "\n")


if __name__ == "__main__":
    main()
