"""Hand-written PyTorch: the LSNN equations as published (clean order), autograd through time, eager or compiled."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F

from common import READ_STEPS, scales

torch.set_num_threads(1)

ALPHA = math.exp(-1 / 20)  # membrane, 20 ms
RHO = math.exp(-1 / 700)  # adaptation, 700 ms
KAPPA = math.exp(-1 / 20)  # readout, 20 ms
B0 = 0.01
BETA = 1.8
REFRACTORY = 5
GAMMA = 0.3
# Steps that torch.compile sees as one graph: of 1, 5, 10 and 25 the fastest on (32, 100, 500); more take minutes to compile.
CHUNK = 25


class Spike(torch.autograd.Function):
    """Step of u outside refractoriness; pseudo-derivative gamma * max(0, 1 - |u|)."""

    @staticmethod
    def forward(ctx, u, ready):
        ctx.save_for_backward(u, ready)
        return torch.gt(u, 0).to(u.dtype) * ready

    @staticmethod
    def backward(ctx, grad):
        u, ready = ctx.saved_tensors
        return grad * ready * (GAMMA * torch.clamp(1 - u.abs(), min=0)), None


def lsnn_step(current, w_rec, beta, state):
    """One step; `current` and `w_rec` already carry the factor 1 - alpha."""
    v, z, b, r = state
    b = RHO * b + (1 - RHO) * z
    threshold = B0 + beta * b
    v = torch.addmm(current, z, w_rec) + ALPHA * v - z * threshold
    u = (v - threshold) / threshold
    z = Spike.apply(u, (r <= 0).to(v.dtype))
    r = torch.clamp(r + REFRACTORY * z.detach() - 1, 0, REFRACTORY)
    return z, (v, z, b, r)


def lif_step(current, w_rec, beta, state):
    """Plain LIF of the Linear + LIF benchmark: no recurrence, adaptation or refractoriness; reset by subtraction."""
    v, z = state
    v = ALPHA * v + current - z * B0
    z = Spike.apply((v - B0) / B0, torch.ones((), dtype=v.dtype))
    return z, (v, z)


def chunk_of(step):
    def run(currents, w_rec, beta, state):
        out = []
        for current in currents.unbind(0):
            z, state = step(current, w_rec, beta, state)
            out.append(z)
        return torch.stack(out), state

    return run


class Job:
    def __init__(self, case, gain, data, compiled):
        spikes, targets, weights = data
        self.case = case
        self.x = torch.from_numpy(spikes)
        self.targets = torch.from_numpy(targets)
        scale_in, scale_rec = scales(case, gain)
        recurrent = case.workload == "lsnn"
        self.w_in = torch.nn.Parameter(torch.from_numpy(weights["in"].T * scale_in).contiguous())
        self.w_rec = torch.nn.Parameter(torch.from_numpy(weights["rec"].T * scale_rec).contiguous())
        self.w_out = torch.nn.Parameter(torch.from_numpy(weights["out"].T).contiguous())
        self.mask = 1 - torch.eye(case.neurons)
        self.params = [self.w_in, self.w_rec, self.w_out] if recurrent else [self.w_in]
        # Half the neurons adapt, as in the published sequence tasks (100 of 220).
        self.beta = torch.zeros(case.neurons)
        self.beta[case.neurons // 2 :] = BETA
        run = chunk_of(lsnn_step if recurrent else lif_step)
        self.fields = 4 if recurrent else 2
        self.chunk = CHUNK if compiled else case.steps
        self.run = torch.compile(run, fullgraph=True, dynamic=False) if compiled else run

    def spikes(self):
        case = self.case
        # All input currents in one product: they do not depend on the recurrence.
        currents = (self.x.flatten(0, 1) @ ((1 - ALPHA) * self.w_in)).view(case.steps, case.batch, case.neurons)
        w_rec = (1 - ALPHA) * self.w_rec * self.mask if self.fields == 4 else None
        state = tuple(torch.zeros(case.batch, case.neurons) for _ in range(self.fields))
        out = []
        for part in currents.split(self.chunk):
            z, state = self.run(part, w_rec, self.beta, state)
            out.append(z)
        return torch.cat(out) if len(out) > 1 else out[0]

    def loss(self, z):
        if self.fields == 2:
            return z.mean()
        # The readout is linear: project all spikes at once, then filter ten channels instead of all neurons.
        projected = ((1 - KAPPA) * z) @ self.w_out
        y, read = torch.zeros_like(projected[0]), []
        for t, p in enumerate(projected.unbind(0)):
            y = KAPPA * y + p
            if t >= self.case.steps - READ_STEPS:
                read.append(y)
        return F.cross_entropy(torch.stack(read).mean(0), self.targets)

    def train_step(self):
        for p in self.params:
            p.grad = None
        self.loss(self.spikes()).backward()

    @torch.no_grad()
    def spike_rate(self):
        return self.spikes().mean().item()


def build(peer, case, gain, data):
    return Job(case, gain, data, compiled=peer == "torch-compile")
