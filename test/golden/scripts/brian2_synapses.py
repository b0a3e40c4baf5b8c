"""Writes test/golden/brian2-synapses.json: weights of plastic synapses on fixed spike trains, from Brian2 in float64.

    pip install brian2==2.9.0 "numpy<2"
    python brian2_synapses.py

What is integrated by the clock (the eligibility of rStdp) is so by Runge-Kutta steps of order 4, with an error of (dt / tauC)^5.
Spikes of step n come before Brian2's clock passes n·dt: within a step, presynaptic spikes act before postsynaptic ones.
"""
import json
import os

import brian2
import numpy as np
from brian2 import (
    NeuronGroup, Network, SpikeGeneratorGroup, StateMonitor, Synapses, defaultclock, ms, prefs,
)

prefs.codegen.target = "numpy"
DT, STEPS, EVERY = 0.5, 4000, 100
PRE, POST, PAIRS = 4, 5, 20
OUT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "brian2-synapses.json")
rng = np.random.default_rng(20260801)


def trains(count, rate):
    """Spikes of `count` neurons as (step, neuron), at most one per neuron and step."""
    step, neuron = np.nonzero(rng.random((STEPS, count)) < rate * DT * 1e-3)
    return np.stack([step, neuron], axis=1)


def generator(count, spikes):
    return SpikeGeneratorGroup(count, spikes[:, 1], spikes[:, 0] * DT * ms)


PRE_SPIKES, POST_SPIKES, PAIR_SPIKES = trains(PRE, 30), trains(POST, 30), trains(PAIRS, 25)
START = np.round(rng.uniform(0.2, 0.8, PRE * POST), 3)
REWARD = np.round(0.0001 * rng.standard_normal(STEPS // EVERY), 6)


def run(objects, steps):
    Network(objects).run(steps * DT * ms)


def learned(model, on_pre, on_post, namespace, rewards=None):
    """Weights [sample, synapse] of the synapses in the order of (pre, post)."""
    defaultclock.dt = DT * ms
    pre, post = generator(PRE, PRE_SPIKES), generator(POST, POST_SPIKES)
    synapses = Synapses(pre, post, model, on_pre=on_pre, on_post=on_post, namespace=namespace, method="rk4")
    synapses.connect()
    synapses.pre.order, synapses.post.order = 0, 1
    synapses.w = START
    if rewards is not None:
        synapses.run_regularly("w = clip(w, 0, wMax)", when="groups", order=1)
    network = Network([pre, post, synapses])
    order = np.lexsort((synapses.j[:], synapses.i[:]))
    # What is integrated after the spikes of step n, Brian2 integrates at the start of step n + 1.
    network.run((0 if rewards is None else 1) * DT * ms)
    samples = []
    for k in range(STEPS // EVERY):
        if rewards is not None:
            synapses.reward = rewards[k] / ms
        network.run(EVERY * DT * ms)
        samples.append(np.array(synapses.w)[order])
    return samples


def stdp(mu):
    values = {"aPlus": 0.02, "aMinus": 0.021, "wMax": 1.0, "mu": mu, "tauPlus": 20 * ms, "tauMinus": 30 * ms}
    model = """w : 1
               dx/dt = -x / tauPlus : 1 (event-driven)
               dy/dt = -y / tauMinus : 1 (event-driven)"""
    weights = learned(
        model,
        "w = clip(w - aMinus * ((1 - mu) * wMax + mu * w) * y, 0, wMax); x += 1".replace("; ", "\n"),
        "w = clip(w + aPlus * ((1 - mu) * wMax + mu * (wMax - w)) * x, 0, wMax); y += 1".replace("; ", "\n"),
        values,
    )
    return {"aPlus": 0.02, "aMinus": 0.021, "wMax": 1, "mu": mu, "tauPlus": 20, "tauMinus": 30}, weights


def triplet():
    numbers = {"a2Plus": 0.001, "a3Plus": 0.0062, "a2Minus": 0.007, "a3Minus": 0.00023, "wMax": 1.0}
    times = {"tauPlus": 16.8, "tauX": 101.0, "tauMinus": 33.7, "tauY": 125.0}
    model = """w : 1
               dr1/dt = -r1 / tauPlus : 1 (event-driven)
               dr2/dt = -r2 / tauX : 1 (event-driven)
               do1/dt = -o1 / tauMinus : 1 (event-driven)
               do2/dt = -o2 / tauY : 1 (event-driven)"""
    on_pre = """w = clip(w - o1 * (a2Minus + a3Minus * r2), 0, wMax)
                r1 += 1
                r2 += 1"""
    on_post = """w = clip(w + r1 * (a2Plus + a3Plus * o2), 0, wMax)
                 o1 += 1
                 o2 += 1"""
    namespace = {**numbers, **{key: value * ms for key, value in times.items()}}
    return {**numbers, **times}, learned(model, on_pre, on_post, namespace)


def rewarded():
    numbers = {"aPlus": 1.0, "aMinus": 1.5, "wMax": 1.0}
    times = {"tauPlus": 20.0, "tauMinus": 20.0, "tauC": 300.0}
    model = """dw/dt = reward * c : 1 (clock-driven)
               dc/dt = -c / tauC : 1 (clock-driven)
               reward : Hz (constant)
               dx/dt = -x / tauPlus : 1 (event-driven)
               dy/dt = -y / tauMinus : 1 (event-driven)"""
    namespace = {**numbers, **{key: value * ms for key, value in times.items()}}
    on_pre = """c -= aMinus * y
                x += 1"""
    on_post = """c += aPlus * x
                 y += 1"""
    weights = learned(model, on_pre, on_post, namespace, REWARD)
    return {**numbers, **times}, weights


def tsodyks_markram():
    """Sums of what each of 20 synapses has delivered, one synapse per pair of neurons."""
    defaultclock.dt = DT * ms
    pre = generator(PAIRS, PAIR_SPIKES)
    post = NeuronGroup(PAIRS, "total : 1")
    model = """w : 1
               du/dt = -u / tauF : 1 (event-driven)
               dx/dt = (1 - x) / tauD : 1 (event-driven)"""
    on_pre = """u += use * (1 - u)
                total_post += w * u * x
                x -= u * x"""
    namespace = {"use": 0.3, "tauD": 150 * ms, "tauF": 400 * ms}
    synapses = Synapses(pre, post, model, on_pre=on_pre, namespace=namespace)
    synapses.connect(j="i")
    synapses.w, synapses.x = START, 1
    monitor = StateMonitor(post, "total", record=True, when="end")
    run([pre, post, synapses, monitor], STEPS)
    return {"use": 0.3, "tauD": 150, "tauF": 400}, monitor.total.T[EVERY - 1 :: EVERY]


def record(made):
    values, samples = made
    return {"values": values, "samples": [[float(f"{x:.12g}") for x in row] for row in samples]}


golden = {
    "madeBy": f"test/golden/scripts/brian2_synapses.py: Brian2 {brian2.__version__}, numpy {np.__version__}, float64",
    "command": "python brian2_synapses.py",
    "note": "samples[k] are weights (tsodyksMarkram: sums of what was delivered) after (k + 1) * every steps, by (pre, post)",
    "dt": DT, "steps": STEPS, "every": EVERY, "pre": PRE, "post": POST,
    "preSpikes": PRE_SPIKES.tolist(), "postSpikes": POST_SPIKES.tolist(), "pairSpikes": PAIR_SPIKES.tolist(),
    "start": START.tolist(), "reward": REWARD.tolist(),
    "rules": {
        "stdpAdditive": record(stdp(0.0)),
        "stdpMultiplicative": record(stdp(1.0)),
        "tripletStdp": record(triplet()),
        "rStdp": record(rewarded()),
        "tsodyksMarkram": record(tsodyks_markram()),
    },
}
with open(OUT, "w") as file:
    json.dump(golden, file)
print(os.path.getsize(OUT), "bytes")
