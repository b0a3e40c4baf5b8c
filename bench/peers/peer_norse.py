"""Norse: LSNNRecurrent and LI over whole sequences; Linear + LIFBox cell for the feed-forward benchmark."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from norse.torch import LI, LIFBoxCell, LIFBoxParameters, LIParameters, LSNNParameters, LSNNRecurrent, SequentialState
from torch import nn

from common import CLASSES, READ_STEPS, scales

torch.set_num_threads(1)

# Norse measures time in seconds. Its default adaptation rate, 1/800 per second, is taken to mean 1/0.7 s here.
LSNN = LSNNParameters(
    tau_syn_inv=torch.as_tensor(1 / 5e-3),
    tau_mem_inv=torch.as_tensor(1 / 20e-3),
    tau_adapt_inv=torch.as_tensor(1 / 0.7),
    # The jump of the threshold per spike relative to v_th = 1, as in the published scaling: 1.8 (1 - exp(-1/700)) / 0.01.
    beta=torch.as_tensor(0.257),
)


class Recurrent(nn.Module):
    """LSNNRecurrent -> Linear -> LI."""

    def __init__(self, case, gain, weights):
        super().__init__()
        scale_in, scale_rec = scales(case, gain)
        self.hidden = LSNNRecurrent(
            case.inputs,
            case.neurons,
            p=LSNN,
            input_weights=nn.Parameter(torch.from_numpy(weights["in"] * scale_in)),
            recurrent_weights=nn.Parameter(torch.from_numpy(weights["rec"] * scale_rec)),
        )
        self.fc_out = nn.Linear(case.neurons, CLASSES, bias=False)
        self.readout = LI(p=LIParameters(tau_mem_inv=torch.as_tensor(1 / 20e-3)))
        with torch.no_grad():
            self.fc_out.weight.copy_(torch.from_numpy(weights["out"]))

    def forward(self, x):
        spikes, _ = self.hidden(x)
        return spikes, self.readout(self.fc_out(spikes))[0]


class FeedForward(nn.Module):
    """Linear -> LIFBoxCell (no synaptic current), stepped through time with its state."""

    def __init__(self, case, gain, weights):
        super().__init__()
        self.net = SequentialState(
            nn.Linear(case.inputs, case.neurons, bias=False),
            LIFBoxCell(p=LIFBoxParameters(tau_mem_inv=torch.as_tensor(1 / 20e-3))),
        )
        with torch.no_grad():
            self.net[0].weight.copy_(torch.from_numpy(weights["in"]) * scales(case, gain)[0])

    def forward(self, x):
        state, spikes = None, []
        for step in x:
            z, state = self.net(step, state)
            spikes.append(z)
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
