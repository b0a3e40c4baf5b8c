"""snnTorch in its tutorial form: a Python loop over time of nn.Linear and RLeaky (it has no adaptive-threshold neuron)."""

from __future__ import annotations

import math

import snntorch as snn
import torch
import torch.nn.functional as F
from snntorch import surrogate
from torch import nn

from common import CLASSES, READ_STEPS, scales

torch.set_num_threads(1)

BETA = math.exp(-1 / 20)


class Recurrent(nn.Module):
    """Linear -> RLeaky (all-to-all, reset by subtraction) -> Linear -> Leaky without reset as readout."""

    def __init__(self, case, gain, weights):
        super().__init__()
        scale_in, scale_rec = scales(case, gain)
        self.fc_in = nn.Linear(case.inputs, case.neurons, bias=False)
        self.hidden = snn.RLeaky(beta=BETA, linear_features=case.neurons, spike_grad=surrogate.atan())
        self.fc_out = nn.Linear(case.neurons, CLASSES, bias=False)
        self.readout = snn.Leaky(beta=BETA, reset_mechanism="none")
        with torch.no_grad():
            self.fc_in.weight.copy_(torch.from_numpy(weights["in"]) * scale_in)
            self.hidden.recurrent.weight.copy_(torch.from_numpy(weights["rec"]) * scale_rec)
            self.hidden.recurrent.bias.zero_()
            self.fc_out.weight.copy_(torch.from_numpy(weights["out"]) * (1 - BETA))

    def forward(self, x):
        spk, mem = self.hidden.reset_mem()
        mem_out = self.readout.reset_mem()
        spikes, potentials = [], []
        for step in range(x.shape[0]):
            spk, mem = self.hidden(self.fc_in(x[step]), spk, mem)
            _, mem_out = self.readout(self.fc_out(spk), mem_out)
            spikes.append(spk)
            potentials.append(mem_out)
        return torch.stack(spikes), torch.stack(potentials)


class FeedForward(nn.Module):
    """Linear -> Leaky (reset by subtraction)."""

    def __init__(self, case, gain, weights):
        super().__init__()
        self.fc = nn.Linear(case.inputs, case.neurons, bias=False)
        self.lif = snn.Leaky(beta=BETA, spike_grad=surrogate.atan())
        with torch.no_grad():
            self.fc.weight.copy_(torch.from_numpy(weights["in"]) * scales(case, gain)[0])

    def forward(self, x):
        mem = self.lif.reset_mem()
        spikes = []
        for step in range(x.shape[0]):
            spk, mem = self.lif(self.fc(x[step]), mem)
            spikes.append(spk)
        return torch.stack(spikes), None


class Job:
    def __init__(self, case, gain, data):
        spikes, targets, weights = data
        self.x = torch.from_numpy(spikes)
        self.targets = torch.from_numpy(targets)
        self.net = (Recurrent if case.workload == "lsnn" else FeedForward)(case, gain, weights)

    def train_step(self):
        self.net.zero_grad(set_to_none=True)
        spikes, potentials = self.net(self.x)
        if potentials is None:
            loss = spikes.mean()
        else:
            loss = F.cross_entropy(potentials[-READ_STEPS:].mean(0), self.targets)
        loss.backward()

    @torch.no_grad()
    def spike_rate(self):
        return self.net(self.x)[0].mean().item()


def build(peer, case, gain, data):
    return Job(case, gain, data)
