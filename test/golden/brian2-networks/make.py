"""Statistics of two random networks in Brian2 and NEST, for expected.json of this folder.

    python make.py brian2 coba 6 >> rows.jsonl      # or: nest brunel 10; a line per seed

Every seed draws a network of its own; 200 ms are dropped, then 1000 ms are measured.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[3] / "bench" / "peers"))
from simulate_cases import BRUNEL  # noqa: E402

SKIP, SPAN, BIN, PAIRED = 200.0, 1000.0, 5.0, 1000
SIZES = {"coba": 4000, "brunel": 1250}
# With a tenth of the inputs of the original network, larger jumps keep it irregular.
BRUNEL.update(jump=0.5, g=6)


def statistics(times: np.ndarray, neurons: np.ndarray, size: int) -> dict[str, float]:
    """Rate (Hz), mean CV of the intervals of neurons with five spikes or more, mean pairwise correlation of 5-ms counts."""
    keep = (times > SKIP) & (times <= SKIP + SPAN)
    times, neurons = times[keep] - SKIP, neurons[keep]
    variations = []
    for n in range(size):
        own = np.sort(times[neurons == n])
        if len(own) >= 5:
            gaps = np.diff(own)
            variations.append(gaps.std() / gaps.mean())
    first = neurons < PAIRED
    bins = np.minimum(((times[first] - 1e-6) / BIN).astype(int), int(SPAN / BIN) - 1)
    counts = np.zeros((PAIRED, int(SPAN / BIN)))
    np.add.at(counts, (neurons[first], bins), 1)
    counts = counts[counts.std(axis=1) > 0]
    pairs = np.corrcoef(counts)[np.triu_indices(len(counts), 1)]
    return {"rate": len(times) / size, "cv": float(np.mean(variations)), "correlation": float(pairs.mean())}


def in_nest(kind: str, seed: int) -> dict[str, float]:
    import nest
    import peer_nest_simulate as peer

    size = SIZES[kind]
    nest.verbosity = nest.VerbosityLevel.ERROR
    nest.ResetKernel()
    nest.set(resolution=0.1, rng_seed=seed)
    neurons = peer.brunel(nest, size) if kind == "brunel" else peer.balanced(nest, "COBA", size)
    recorder = nest.Create("spike_recorder")
    nest.Connect(neurons, recorder)
    nest.Simulate(SKIP + SPAN)
    events = recorder.events
    return statistics(np.asarray(events["times"]), np.asarray(events["senders"]) - neurons[0].global_id, size)


def in_brian2(kind: str, seed: int) -> dict[str, float]:
    import brian2 as b
    import peer_brian2_simulate as peer

    b.start_scope()
    b.prefs.codegen.target = "numpy"
    b.defaultclock.dt = 0.1 * b.ms
    b.seed(seed)
    np.random.seed(seed)
    size = SIZES[kind]
    objects, neurons = peer.brunel(size, seed) if kind == "brunel" else peer.balanced("COBA", size)
    monitor = b.SpikeMonitor(neurons)
    network = b.Network(*objects, monitor)
    if kind == "brunel":
        network.schedule = peer.SCHEDULE
    network.run((SKIP + SPAN) * b.ms)
    return statistics(np.asarray(monitor.t / b.ms) + 0.1, np.asarray(monitor.i), size)


def main() -> None:
    program, kind, seeds, start = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]) if len(sys.argv) > 4 else 1
    run = in_nest if program == "nest" else in_brian2
    for seed in range(start, start + seeds):
        print(json.dumps({"program": program, "network": kind, "seed": seed} | run(kind, seed)), flush=True)


if __name__ == "__main__":
    main()
