"""SpikingJelly, single- and multi-step: its recurrent container around LIFNode (it has no adaptive-threshold neuron)."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from spikingjelly.activation_based import functional, layer, neuron
from torch import nn

from common import CLASSES, READ_STEPS, scales

torch.set_num_threads(1)

TAU = 20.0


def lif(step_mode):
    """Reset by subtraction; gradient through the reset kept."""
    return neuron.LIFNode(tau=TAU, v_reset=None, detach_reset=False, step_mode=step_mode)


class Net(nn.Module):
    """Linear -> recurrent container of LIFNode -> Linear -> NonSpikingLIFNode; without recurrence Linear -> LIFNode."""

    def __init__(self, case, gain, weights, step_mode):
        super().__init__()
        n = case.neurons
        self.step_mode = step_mode
        scale_in, scale_rec = scales(case, gain)
        self.fc_in = layer.Linear(case.inputs, n, bias=False, step_mode=step_mode)
        if case.workload == "lsnn":
            # The container owns a linear map [x; y] -> current; its x part starts as the identity.
            self.hidden = layer.LinearRecurrentContainer(lif("s"), n, n, bias=False, step_mode=step_mode)
            self.fc_out = layer.Linear(n, CLASSES, bias=False, step_mode=step_mode)
            # Takes whole sequences only, in either mode.
            self.readout = neuron.NonSpikingLIFNode(tau=TAU)
        else:
            self.hidden, self.fc_out, self.readout = lif(step_mode), None, None
        with torch.no_grad():
            self.fc_in.weight.copy_(torch.from_numpy(weights["in"]) * scale_in)
            if self.fc_out is not None:
                recurrent = torch.from_numpy(weights["rec"]) * scale_rec
                self.hidden.rc.weight.copy_(torch.cat((torch.eye(n), recurrent), dim=1))
                self.fc_out.weight.copy_(torch.from_numpy(weights["out"]))

    def advance(self, x):
        """One step, or all of them in multi-step mode: spikes and their projection."""
        spikes = self.hidden(self.fc_in(x))
        return spikes, None if self.fc_out is None else self.fc_out(spikes)

    def forward(self, x):
        functional.reset_net(self)
        if self.step_mode == "m":
            spikes, projected = self.advance(x)
        else:
            steps = [self.advance(step) for step in x]
            spikes = torch.stack([s for s, _ in steps])
            projected = None if self.fc_out is None else torch.stack([p for _, p in steps])
        return spikes, None if projected is None else self.readout(projected)


class Job:
    def __init__(self, case, gain, data, step_mode):
        spikes, targets, weights = data
        self.x = torch.from_numpy(spikes)
        self.targets = torch.from_numpy(targets)
        self.net = Net(case, gain, weights, step_mode)

    def train_step(self):
        self.net.zero_grad(set_to_none=True)
        spikes, potentials = self.net(self.x)
        if potentials is None:
            loss = spikes.mean()
        else:
            loss = F.cross_entropy(torch.stack(potentials[-READ_STEPS:]).mean(0), self.targets)
        loss.backward()

    @torch.no_grad()
    def spike_rate(self):
        return self.net(self.x)[0].mean().item()


def build(peer, case, gain, data):
    return Job(case, gain, data, "s" if peer == "spikingjelly-single" else "m")
