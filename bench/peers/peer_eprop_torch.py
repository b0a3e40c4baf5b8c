"""Hand-written PyTorch: online e-prop of a recurrent layer of unscaled ALIF, traces as tensors [batch, post, pre].

torch-eager   one step at a time, in-place operations without temporaries
torch-compile the same equations, CHUNK steps as one graph: neurons first, then all traces of these steps in one loop
torch-blocks  the block form of ours: per neuron a sweep back through BLOCK steps, per synapse one matrix product
"""

from __future__ import annotations

import math

import torch
import torch._inductor.config as inductor

torch.set_num_threads(1)

ALPHA = math.exp(-1 / 20)  # membrane, 20 ms
RHO = math.exp(-1 / 200)  # adaptation, 200 ms
KAPPA = math.exp(-1 / 20)  # readout, 20 ms
THRESHOLD = 0.6
BETA = 0.07
REFRACTORY = 5
GAMMA = 0.3
OUTPUTS = 2
# Steps that torch.compile sees as one graph.
CHUNK = 8
BLOCK = 32


def neuron_step(current, v, a, z, r):
    """One step; `current` holds the weighted input and recurrent spikes. Returns states and the pseudo-derivative."""
    a = RHO * a + z
    v = ALPHA * v + current - THRESHOLD * z
    u = (v - THRESHOLD - BETA * a) / THRESHOLD
    ready = (r <= 0).to(v.dtype)
    z = (u > 0).to(v.dtype) * ready
    psi = ready * (GAMMA / THRESHOLD) * torch.clamp(1 - u.abs(), min=0)
    r = torch.clamp(r + REFRACTORY * z - 1, 0, REFRACTORY)
    return v, a, z, r, psi


class Synapses:
    """Traces of one projection, [batch, post, pre]."""

    def __init__(self, batch, post, pre):
        self.filtered_pre = torch.zeros(batch, pre)
        self.eps, self.trace, self.filtered, self.gradient = (torch.zeros(batch, post, pre) for _ in range(4))

    def step(self, x, psi, signal):
        self.filtered_pre.mul_(ALPHA).add_(x)
        psi = psi.unsqueeze(2)
        torch.add(self.filtered_pre.unsqueeze(1), self.eps, alpha=-BETA, out=self.trace).mul_(psi)
        torch.add(self.trace, self.eps, alpha=RHO, out=self.eps)
        torch.add(self.trace, self.filtered, alpha=KAPPA, out=self.filtered)
        self.gradient.addcmul_(signal.unsqueeze(2), self.filtered)


def run_neurons(w_in, w_rec, w_out, feedback, x, target, neurons, readout):
    """A few steps of neurons and readout; what the synapses need of them is stacked, [steps, batch, neuron]."""
    v, a, z, r = neurons
    smooth, d_out = readout
    spikes, psis, signals = [z], [], []
    for k in range(x.shape[0]):
        v, a, z, r, psi = neuron_step(x[k] @ w_in + z @ w_rec, v, a, z, r)
        smooth = KAPPA * smooth + (1 - KAPPA) * z
        error = (smooth @ w_out - target[k]) / x.shape[1]
        d_out = d_out + smooth.T @ error
        spikes.append(z)
        psis.append(psi)
        signals.append((1 - KAPPA) * (error @ feedback))
    return (v, a, z, r), (smooth, d_out), torch.stack(spikes), torch.stack(psis), torch.stack(signals)


def run_traces(pre, eps, filtered, gradient, x, psi, signal):
    """The traces of a few steps, in place: every synapse is read and written once."""
    new_eps, new_filtered, new_gradient, p = eps, filtered, gradient, pre
    for k in range(x.shape[0]):
        p = ALPHA * p + x[k]
        trace = psi[k].unsqueeze(2) * (p.unsqueeze(1) - BETA * new_eps)
        new_eps = RHO * new_eps + trace
        new_filtered = KAPPA * new_filtered + trace
        new_gradient = new_gradient + signal[k].unsqueeze(2) * new_filtered
    eps.copy_(new_eps)
    filtered.copy_(new_filtered)
    gradient.copy_(new_gradient)
    pre.copy_(p)


def sweep_back(psi, signal):
    """Derivatives of (eps, filtered, gradient) at the end of a block by what arrives at each step and by what it starts with."""
    kind = torch.eye(3)
    by_eps, by_filtered = kind[0].view(3, 1, 1), kind[1].view(3, 1, 1)
    learns = kind[2].view(3, 1, 1)
    by_pre = torch.zeros(3, *psi.shape[1:])
    by_eps, by_filtered = by_eps + by_pre, by_filtered + by_pre
    responses = []
    for k in range(psi.shape[0] - 1, -1, -1):
        of_filtered = by_filtered + learns * signal[k]
        of_trace = psi[k] * (of_filtered + by_eps)
        by_pre = by_pre + of_trace
        responses.append(by_pre)
        by_pre = ALPHA * by_pre
        by_eps = RHO * by_eps - BETA * of_trace
        by_filtered = KAPPA * of_filtered
    return torch.stack(responses[::-1], 3), by_pre, by_eps, by_filtered


def block_traces(pre, eps, filtered, gradient, x, response, by_pre, by_eps, by_filtered):
    """A whole block of synapses as matrix products of responses, [3, batch, post, steps + 1], and spikes."""
    # The filter at the block's start is one more arrival.
    arrivals = torch.cat([x.permute(1, 0, 2), pre.unsqueeze(1)], 1)
    response = torch.cat([response, by_pre.unsqueeze(3)], 3)
    post, steps = response.shape[2:]
    flat = response[2].transpose(0, 1).reshape(post, -1)
    gradient.addmm_(flat, arrivals.reshape(-1, x.shape[2]))
    gradient += torch.einsum("bj,bji->ji", by_eps[2], eps)
    gradient += torch.einsum("bj,bji->ji", by_filtered[2], filtered)
    filtered.mul_(by_filtered[1].unsqueeze(2)).addcmul_(by_eps[1].unsqueeze(2), eps)
    filtered.baddbmm_(response[1], arrivals)
    eps.mul_(by_eps[0].unsqueeze(2)).baddbmm_(response[0], arrivals)
    for row in x:
        pre.mul_(ALPHA).add_(row)


class Job:
    """One repetition is a whole sequence from state 0: forward, traces, gradients of all three weight matrices."""

    def __init__(self, case, gain, data, form):
        spikes, targets, weights = data
        self.case, self.form = case, form
        self.x = torch.from_numpy(spikes)
        self.targets = torch.from_numpy(targets)
        scale = gain / case.neurons**0.5
        self.w_in = torch.from_numpy(weights["in"].T * scale).contiguous()
        self.w_rec = torch.from_numpy(weights["rec"].T * scale).contiguous()
        self.w_out = torch.from_numpy(weights["out"].T).contiguous()
        self.feedback = torch.from_numpy(weights["feedback"]).contiguous()
        n = case.neurons
        self.shapes = (case.batch, n, n)
        if form == "eager":
            self.synapses = [Synapses(*self.shapes) for _ in range(2)]
            return
        self.neurons = torch.compile(run_neurons, fullgraph=True, dynamic=False)
        rows = (case.batch,) if form == "compile" else ()
        gradients = [torch.zeros(*rows, n, n) for _ in range(2)]
        self.state = [
            (torch.zeros(case.batch, n), torch.zeros(self.shapes), torch.zeros(self.shapes), one) for one in gradients
        ]
        if form == "blocks":
            self.sweep = torch.compile(sweep_back, fullgraph=True, dynamic=False)
            return
        # One loop over the synapses for all steps of a chunk needs more fused nodes than the default.
        inductor.max_fusion_size = inductor.realize_opcount_threshold = inductor.realize_reads_threshold = 100_000
        self.traces = torch.compile(run_traces, fullgraph=True, dynamic=False)

    @torch.no_grad()
    def train_step(self):
        self.gradients = self.eager() if self.form == "eager" else self.in_parts()

    def eager(self):
        batch, n, _ = self.shapes
        for one in self.synapses:
            for tensor in (one.filtered_pre, one.eps, one.filtered, one.gradient):
                tensor.zero_()
        v, a, z, r, smooth = (torch.zeros(batch, n) for _ in range(5))
        d_out = torch.zeros(n, OUTPUTS)
        inner, outer = self.synapses
        self.spikes = 0.0
        for x, target in zip(self.x, self.targets, strict=True):
            before = z
            v, a, z, r, psi = neuron_step(x @ self.w_in + z @ self.w_rec, v, a, z, r)
            self.spikes += z.sum()
            smooth.mul_(KAPPA).add_(z, alpha=1 - KAPPA)
            error = (smooth @ self.w_out - target).div_(batch)
            d_out.addmm_(smooth.T, error)
            signal = (1 - KAPPA) * (error @ self.feedback)
            inner.step(x, psi, signal)
            outer.step(before, psi, signal)
        return inner.gradient.sum(0), outer.gradient.sum(0).fill_diagonal_(0), d_out.T

    def in_parts(self):
        batch, n, _ = self.shapes
        for tensors in self.state:
            for tensor in tensors:
                tensor.zero_()
        neurons = tuple(torch.zeros(batch, n) for _ in range(4))
        readout = (torch.zeros(batch, n), torch.zeros(n, OUTPUTS))
        weights = (self.w_in, self.w_rec, self.w_out, self.feedback)
        steps = CHUNK if self.form == "compile" else BLOCK
        for x, target in zip(self.x.split(steps), self.targets.split(steps), strict=True):
            neurons, readout, spikes, psi, signal = self.neurons(*weights, x, target, neurons, readout)
            if self.form == "compile":
                for state, source in zip(self.state, (x, spikes[:-1]), strict=True):
                    self.traces(*state, source, psi, signal)
                continue
            swept = self.sweep(psi, signal)
            for state, source in zip(self.state, (x, spikes[:-1]), strict=True):
                block_traces(*state, source, *swept)
        inner, outer = (state[3] if self.form == "blocks" else state[3].sum(0) for state in self.state)
        return inner, outer.clone().fill_diagonal_(0), readout[1].T

    @torch.no_grad()
    def spike_rate(self):
        batch, n, _ = self.shapes
        v, a, z, r = (torch.zeros(batch, n) for _ in range(4))
        total = 0.0
        for x in self.x:
            v, a, z, r, _ = neuron_step(x @ self.w_in + z @ self.w_rec, v, a, z, r)
            total += z.sum().item()
        return total / (batch * n * len(self.x))


def build(peer, case, gain, data):
    return Job(case, gain, data, peer.removeprefix("torch-"))
