"""Shows what separates NEST from expected.json of this folder: the same network in NEST, and in Brian2 with NEST's rule.

    pip install brian2==2.9.0 nest-simulator==3.10.0 "numpy<2.4"
    python nest_rule.py

A synapse of NEST's sees presynaptic spikes when they leave and postsynaptic ones after the delay; at one time the latter come first, and
the two are no pair. What arrives is the weight at the time of leaving. NEST brings weights up to date at presynaptic spikes alone, so
spikes are compared, not final weights.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

GOLDEN = json.loads((Path(__file__).parent / "expected.json").read_text())
DT, STEPS, DELAY, EXC, INH = (GOLDEN[key] for key in ("dt", "steps", "delay", "exc", "inh"))
NEURON, STDP, WEIGHTS, CONNECTIONS = (GOLDEN[key] for key in ("neuron", "stdp", "weights", "connections"))
SIZE = EXC + INH
TRAINS = [range(first, STEPS + 1, period) for period, first in zip(GOLDEN["sources"]["period"], GOLDEN["sources"]["first"])]
Spikes = list[tuple[int, int]]


def in_nest(rule: str) -> Spikes:
    """rule: 'static', 'own', or 'axonal', where neurons that repeat spikes take the delay but for a step."""
    import nest

    nest.verbosity = nest.VerbosityLevel.ERROR
    nest.ResetKernel()
    nest.set(resolution=DT)
    values = {"C_m": 250.0, "E_L": 0.0, "V_m": 0.0, "tau_m": NEURON["tauM"], "V_th": NEURON["vTh"], "V_reset": NEURON["vReset"]}
    neurons = nest.Create("iaf_psc_delta", SIZE, values | {"t_ref": NEURON["tRef"]})
    exc, inh = neurons[:EXC], neurons[EXC:]
    exc.tau_minus = STDP["tauMinus"]
    sources = nest.Create("spike_generator", len(TRAINS))
    for source, steps in zip(sources, TRAINS):
        source.spike_times = [round(step * DT, 1) for step in steps]

    def connect(source, target, name: str, weight: float, delay: int, **given):
        pre, post = (np.array(indices) for indices in CONNECTIONS[name])
        values = {"weight": np.full(len(pre), float(weight)), "delay": np.full(len(pre), delay * DT)}
        nest.Connect(np.array(source.tolist())[pre], np.array(target.tolist())[post], "one_to_one", values | given)

    connect(sources, neurons, "drive", WEIGHTS["drive"], 1)
    connect(exc, inh, "ei", WEIGHTS["excites"], DELAY)
    connect(inh, neurons, "inh", WEIGHTS["inhibits"], DELAY)
    nest.CopyModel("stdp_synapse_hom", "plastic", {
        "tau_plus": float(STDP["tauPlus"]), "lambda": STDP["aPlus"], "alpha": STDP["aMinus"] / STDP["aPlus"],
        "mu_plus": 1.0, "mu_minus": 1.0, "Wmax": STDP["wMax"],
    })  # fmt: skip
    if rule == "axonal":
        ends = nest.Create("parrot_neuron", EXC)
        nest.Connect(exc, ends, "one_to_one", {"delay": (DELAY - 1) * DT})
        connect(ends, exc, "ee", WEIGHTS["start"], 1, synapse_model="plastic")
    else:
        model = {} if rule == "static" else {"synapse_model": "plastic"}
        connect(exc, exc, "ee", WEIGHTS["start"], DELAY, **model)
    recorder = nest.Create("spike_recorder")
    nest.Connect(neurons, recorder)
    nest.Simulate(STEPS * DT)
    times, senders = recorder.events["times"], recorder.events["senders"]
    return sorted((round(t / DT) - 1, int(n) - neurons[0].global_id) for t, n in zip(times, senders))


def in_brian2(rule: str) -> Spikes:
    """rule: 'static', or 'own', which is NEST's; the order of a step is that of make.py."""
    import brian2 as b

    b.start_scope()
    b.prefs.codegen.target = "numpy"
    ms, mV = b.ms, b.mV
    b.defaultclock.dt = DT * ms
    space = {"tauM": NEURON["tauM"] * ms, "tauPlus": STDP["tauPlus"] * ms, "tauMinus": STDP["tauMinus"] * ms,
             "wMax": STDP["wMax"] * mV, "aPlus": STDP["aPlus"], "aMinus": STDP["aMinus"]}  # fmt: skip
    equations = "dv/dt = -v/tauM : volt (unless refractory)\ndx/dt = -x/tauPlus : 1\ndy/dt = -y/tauMinus : 1"
    neurons = b.NeuronGroup(
        SIZE, equations, threshold=f"v > {NEURON['vTh']}*mV", reset=f"v = {NEURON['vReset']}*mV",
        refractory=(NEURON["tRef"] + DT) * ms, method="exact", namespace=space,
    )  # fmt: skip
    spikes = [(n, step) for n, steps in enumerate(TRAINS) for step in steps]
    sources = b.SpikeGeneratorGroup(len(TRAINS), [n for n, _ in spikes], [(step - 1) * DT for _, step in spikes] * ms)
    late = (DELAY - 1) * DT * ms

    def connected(source, target, name: str, delay, **given):
        synapses = b.Synapses(source, target, namespace=space, delay=delay, **given)
        synapses.connect(i=CONNECTIONS[name][0], j=CONNECTIONS[name][1])
        return synapses

    exc, inh = neurons[:EXC], neurons[EXC:]
    objects = [
        neurons,
        sources,
        connected(sources, neurons, "drive", 0 * ms, on_pre=f"v += {WEIGHTS['drive']}*mV"),
        connected(exc, inh, "ei", late, on_pre=f"v += {WEIGHTS['excites']}*mV"),
        connected(inh, neurons, "inh", late, on_pre=f"v += {WEIGHTS['inhibits']}*mV"),
    ]
    if rule == "static":
        objects.append(connected(exc, exc, "ee", late, on_pre=f"v += {WEIGHTS['start']}*mV"))
    else:
        plastic = connected(
            exc, exc, "ee", {"leave": 0 * ms, "arrive": late, "post": DELAY * DT * ms}, model="w : volt\nsent : volt",
            on_pre={"leave": "w = clip(w - aMinus*w*y_post, 0*volt, wMax)\nsent = w", "arrive": "v_post += sent"},
            on_post="w = clip(w + aPlus*(wMax - w)*x_pre, 0*volt, wMax)",
        )  # fmt: skip
        plastic.w = WEIGHTS["start"] * mV
        plastic.post.order, plastic.leave.order, plastic.arrive.order = -2, -1, 0
        objects.append(plastic)
        # Traces see a spike after the synapses do.
        for name, delay in (("x", 0 * ms), ("y", DELAY * DT * ms)):
            trace = b.Synapses(exc, exc, on_pre=f"{name}_post += 1", delay=delay)
            trace.connect(j="i")
            trace.pre.order = 2
            objects.append(trace)
    monitor = b.SpikeMonitor(neurons)
    network = b.Network(*objects, monitor)
    network.schedule = ["start", "groups", "synapses", "thresholds", "resets", "end"]
    network.run(STEPS * DT * ms)
    return sorted(zip(np.round(np.asarray(monitor.t / ms) / DT).astype(int).tolist(), np.asarray(monitor.i).tolist()))


def compare(what: str, ours: Spikes, theirs: Spikes) -> None:
    same = next((k for k, (a, c) in enumerate(zip(ours, theirs)) if a != c), min(len(ours), len(theirs)))
    print(f"{what}: {len(ours)} and {len(theirs)} spikes, the first {same} the same")


def main() -> None:
    expected = sorted((step, n) for step, *neurons in GOLDEN["spikes"] for n in neurons)
    compare("static, NEST and Brian2", in_nest("static"), in_brian2("static"))
    own = in_nest("own")
    compare("NEST's rule, NEST and Brian2", own, in_brian2("own"))
    compare("NEST and expected.json", own, expected)
    compare("NEST with axonal delays and expected.json", in_nest("axonal"), expected)


if __name__ == "__main__":
    main()
