"""Writes expected.json of this folder: spikes and weights of a plastic network of Brunel's, from Brian2 in float64.

    pip install brian2==2.9.0 "numpy<2.4"
    python make.py

The order of a step here is the package's: decay, arriving spikes, thresholds, resets, learning of the postsynaptic side. Brian2 asks
for thresholds before spikes arrive unless its schedule says otherwise, and a spike enters its queues a step later then.
"""

from __future__ import annotations

import json
from pathlib import Path

import brian2 as b
import numpy as np

DT, STEPS, DELAY = 0.1, 10_000, 15
EXC, INH, SOURCES = 100, 25, 200
NEURON = {"tauM": 20, "vTh": 20, "vReset": 10, "tRef": 2}
STDP = {"tauPlus": 20, "tauMinus": 25, "aPlus": 0.01, "aMinus": 0.0105, "wMax": 0.8, "mu": 1}
DRIVE, START, EXCITES, INHIBITS = 0.55, 0.4, 0.4, -2
rng = np.random.default_rng(20261121)


def pairs(pre: int, post: int, probability: float) -> tuple[list[int], list[int]]:
    """Pre and post indices in the order of (pre, post)."""
    first, second = np.nonzero(rng.random((pre, post)) < probability)
    return first.tolist(), second.tolist()


def main() -> None:
    b.prefs.codegen.target = "numpy"
    ms, mV = b.ms, b.mV
    b.defaultclock.dt = DT * ms
    size = EXC + INH
    connections = {
        "drive": pairs(SOURCES, size, 0.1), "ee": pairs(EXC, EXC, 0.2),
        "ei": pairs(EXC, INH, 0.2), "inh": pairs(INH, size, 0.2),
    }  # fmt: skip
    # Step k of a source that spikes every `period` steps, for the first time at `first`; steps count from 1.
    period = rng.integers(30, 150, SOURCES)
    first = 1 + rng.integers(0, 150, SOURCES) % period
    trains = [(n, step) for n in range(SOURCES) for step in range(first[n], STEPS + 1, period[n])]
    space = {"tauM": NEURON["tauM"] * ms, "tauPlus": STDP["tauPlus"] * ms, "tauMinus": STDP["tauMinus"] * ms,
             "wMax": STDP["wMax"] * mV, "aPlus": STDP["aPlus"], "aMinus": STDP["aMinus"]}  # fmt: skip
    # Refractory for tRef/dt whole steps after that of the spike: Brian2 counts this one too.
    neurons = b.NeuronGroup(
        size,
        """dv/dt = -v/tauM : volt (unless refractory)
           dx/dt = -x/tauPlus : 1
           dy/dt = -y/tauMinus : 1""",
        threshold=f"v > {NEURON['vTh']}*mV", reset=f"v = {NEURON['vReset']}*mV; y += 1",
        refractory=(NEURON["tRef"] + DT) * ms, method="exact", namespace=space,
    )  # fmt: skip
    # Step k of ours is Brian2's of time (k - 1) dt; a spike of one step is in the queues from the next on.
    sources = b.SpikeGeneratorGroup(SOURCES, [n for n, _ in trains], [(step - 1) * DT for _, step in trains] * ms)
    late = (DELAY - 1) * DT * ms

    def connected(source, target, name, delay, **given):
        synapses = b.Synapses(source, target, namespace=space, delay=delay, **given)
        synapses.connect(i=connections[name][0], j=connections[name][1])
        return synapses

    exc, inh = neurons[:EXC], neurons[EXC:]
    drive = connected(sources, neurons, "drive", 0 * ms, on_pre=f"v += {DRIVE}*mV")
    plastic = connected(
        exc, exc, "ee", {"pre": late}, model="w : volt",
        on_pre="w = clip(w - aMinus*w*y_post, 0*volt, wMax); v_post += w",
        on_post="w = clip(w + aPlus*(wMax - w)*x_pre, 0*volt, wMax)",
    )  # fmt: skip
    plastic.w = START * mV
    plastic.post.when = "end"
    static = connected(exc, inh, "ei", late, on_pre=f"v += {EXCITES}*mV")
    inhibition = connected(inh, neurons, "inh", late, on_pre=f"v += {INHIBITS}*mV")
    # The presynaptic trace is that of spikes as they arrive.
    arrivals = b.Synapses(exc, exc, on_pre="x_post += 1", delay=late)
    arrivals.connect(j="i")
    monitor = b.SpikeMonitor(neurons)
    network = b.Network(neurons, sources, drive, plastic, static, inhibition, arrivals, monitor)
    network.schedule = ["start", "groups", "synapses", "thresholds", "resets", "end"]
    network.run(STEPS * DT * ms)
    step = (np.round(np.asarray(monitor.t / ms) / DT)).astype(int)
    golden = {
        "madeBy": f"test/golden/brian2-plastic-network/make.py: Brian2 {b.__version__}, numpy {np.__version__}, float64",
        "command": "python make.py",
        "note": "spikes: per step from 0, [step, neurons in ascending order]; weights: mV after the last step, in the order of ee",
        "dt": DT, "steps": STEPS, "delay": DELAY, "exc": EXC, "inh": INH, "neuron": NEURON, "stdp": STDP,
        "weights": {"drive": DRIVE, "start": START, "excites": EXCITES, "inhibits": INHIBITS},
        "sources": {"period": period.tolist(), "first": first.tolist()}, "connections": connections,
        "spikes": [[int(t), *sorted(np.asarray(monitor.i)[step == t].tolist())] for t in np.unique(step)],
        "plastic": [float(f"{x:.9g}") for x in np.asarray(plastic.w / mV)],
    }  # fmt: skip
    out = Path(__file__).parent / "expected.json"
    out.write_text(json.dumps(golden, separators=(",", ":")) + "\n")
    print(out.stat().st_size, "bytes;", len(step) / size / (STEPS * DT / 1000), "Hz; mean weight", np.mean(golden["plastic"]))


if __name__ == "__main__":
    main()
