"""Spyx on JAX: its ALIF cell inside a recurrent module, scanned by spyx.nn.run under jit."""

from __future__ import annotations

import math
import os

# XLA sizes its thread pool by the cores it may run on when it is loaded.
if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})

import jax
import jax.numpy as jnp
import numpy as np
import optax
import spyx.nn as snn
from flax import nnx

from common import CLASSES, READ_STEPS, scales

DECAY = math.exp(-1 / 20)
ADAPT = math.exp(-1 / 700)


class RecurrentALIF(nnx.Module):
    """spyx.nn.ALIF fed by Linear(x) and its own spikes of the step before (Spyx itself has no recurrent ALIF)."""

    def __init__(self, case, gain, weights):
        scale_in, scale_rec = scales(case, gain)
        self.neurons = case.neurons
        self.w_in = nnx.Param(jnp.asarray(weights["in"].T * scale_in))
        self.w_rec = nnx.Param(jnp.asarray(weights["rec"].T * scale_rec))
        self.cell = snn.ALIF((case.neurons,), beta=DECAY, gamma=ADAPT, rngs=nnx.Rngs(0))

    def initial_state(self, batch):
        return jnp.zeros((batch, self.neurons)), self.cell.initial_state(batch)

    def __call__(self, x, state):
        spikes, cell = state
        spikes, cell = self.cell(x @ self.w_in[...] + spikes @ self.w_rec[...], cell)
        return spikes, (spikes, cell)


class Recurrent(nnx.Module):
    """RecurrentALIF -> Linear -> LI; returns spikes beside the readout."""

    def __init__(self, case, gain, weights):
        self.hidden = RecurrentALIF(case, gain, weights)
        self.w_out = nnx.Param(jnp.asarray(weights["out"].T) * (1 - DECAY))
        self.readout = snn.LI((CLASSES,), beta=DECAY, rngs=nnx.Rngs(0))

    def initial_state(self, batch):
        return self.hidden.initial_state(batch), self.readout.initial_state(batch)

    def __call__(self, x, state):
        spikes, hidden = self.hidden(x, state[0])
        y, readout = self.readout(spikes @ self.w_out[...], state[1])
        return (spikes, y), (hidden, readout)


class FeedForward(nnx.Module):
    """Linear -> LIF."""

    def __init__(self, case, gain, weights):
        self.w_in = nnx.Param(jnp.asarray(weights["in"].T * scales(case, gain)[0]))
        self.lif = snn.LIF((case.neurons,), beta=DECAY, rngs=nnx.Rngs(0))

    def initial_state(self, batch):
        return self.lif.initial_state(batch)

    def __call__(self, x, state):
        spikes, state = self.lif(x @ self.w_in[...], state)
        return (spikes, None), state


def is_weight(path, value):
    """Decay constants are parameters in Spyx; only the weights are trained here."""
    return isinstance(value, nnx.Param) and str(path[-1]).startswith("w_")


class Job:
    def __init__(self, case, gain, data):
        spikes, targets, weights = data
        self.x = jnp.asarray(spikes)
        targets = jnp.asarray(targets)
        net = (Recurrent if case.workload == "lsnn" else FeedForward)(case, gain, weights)
        graph, self.weights, rest = nnx.split(net, is_weight, ...)

        def loss(weights, x):
            (z, y), _ = snn.run(nnx.merge(graph, weights, rest), x)
            if y is None:
                return z.mean()
            return optax.softmax_cross_entropy_with_integer_labels(y[-READ_STEPS:].mean(0), targets).mean()

        def rate(weights, x):
            return snn.run(nnx.merge(graph, weights, rest), x)[0][0].mean()

        self.step = jax.jit(jax.value_and_grad(loss))
        self.rate = jax.jit(rate)

    def train_step(self):
        jax.block_until_ready(self.step(self.weights, self.x))

    def spike_rate(self):
        return float(np.asarray(self.rate(self.weights, self.x)))


def build(peer, case, gain, data):
    return Job(case, gain, data)
