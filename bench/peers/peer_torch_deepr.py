"""Hand-written PyTorch: one training step of an LSNN whose recurrent weights are mostly absent; nothing is rewired.

torch-masked  all weights in a dense matrix, products by it, the gradient multiplied by a mask
torch-sparse  torch.sparse: products by a CSR matrix and by its transpose, the gradient at its entries alone (sampled_addmm)

Both walk the time loop under autograd and sum the gradient of the recurrent weights once after it, over all steps and rows:
plain autograd would add a whole matrix per step. Their time does not depend on how many neurons spike.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F

from peer_torch import ALPHA, B0, BETA, KAPPA, REFRACTORY, RHO, Spike

torch.set_num_threads(1)

LEARNING_RATE = 0.01
MASK_SEED = 2


class Masked:
    """Weights [pre, post], 0 where nothing is connected."""

    def __init__(self, weights, mask):
        self.weights = (weights * mask).contiguous()
        self.mask = mask

    def forward(self, z):
        return z @ self.weights

    def back(self, g):
        return g @ self.weights.T

    def learn(self, z, g):
        self.weights.sub_((z.T @ g).mul_(self.mask), alpha=LEARNING_RATE)


class Sparse:
    """CSR of [post, pre] and of its transpose; `order` takes the values of the one to those of the other."""

    def __init__(self, weights, mask):
        self.matrix = (weights * mask).T.to_sparse_csr()
        count = self.matrix.values().numel()
        ranks = torch.sparse_csr_tensor(
            self.matrix.crow_indices(), self.matrix.col_indices(), torch.arange(1, count + 1, dtype=torch.float64), mask.shape
        )
        turned = ranks.to_sparse_coo().T.coalesce().to_sparse_csr()
        self.order = turned.values().long() - 1
        self.turned = torch.sparse_csr_tensor(
            turned.crow_indices(), turned.col_indices(), self.matrix.values()[self.order], mask.shape
        )

    def forward(self, z):
        return (self.matrix @ z.T).T

    def back(self, g):
        return (self.turned @ g.T).T

    def learn(self, z, g):
        gradient = torch.sparse.sampled_addmm(self.matrix, g.T.contiguous(), z, beta=0)
        self.matrix.values().sub_(gradient.values(), alpha=LEARNING_RATE)
        self.turned.values().copy_(self.matrix.values()[self.order])


class Product(torch.autograd.Function):
    """z · W of a form above; what arrives on the way back is kept for its gradient."""

    @staticmethod
    def forward(ctx, z, form, kept):
        ctx.form, ctx.kept = form, kept
        return form.forward(z)

    @staticmethod
    def backward(ctx, g):
        ctx.kept.append(g)
        return ctx.form.back(g), None, None


class Job:
    def __init__(self, case, data, form):
        spikes, targets, weights = data
        self.case = case
        self.x = torch.from_numpy(spikes)
        self.targets = torch.from_numpy(targets)
        self.w_in = torch.nn.Parameter(torch.from_numpy(weights["in"].T * (0.4 / case.inputs**0.5)).contiguous())
        self.w_out = torch.nn.Parameter(torch.from_numpy(weights["out"].T).contiguous())
        n = case.neurons
        random = torch.Generator().manual_seed(MASK_SEED)
        mask = (torch.rand(n, n, generator=random) < case.rate).float().fill_diagonal_(0)
        self.form = form(torch.from_numpy(weights["rec"].T) * (0.2 / (case.rate * n) ** 0.5), mask)
        self.beta = torch.zeros(n)
        self.beta[1::2] = BETA

    def spikes(self, kept):
        case = self.case
        currents = (self.x.flatten(0, 1) @ self.w_in).view(case.steps, case.batch, case.neurons)
        v, z, b, r = (torch.zeros(case.batch, case.neurons) for _ in range(4))
        out = []
        for current in currents.unbind(0):
            b = RHO * b + (1 - RHO) * z
            threshold = B0 + self.beta * b
            v = ALPHA * v + (1 - ALPHA) * (current + Product.apply(z, self.form, kept)) - z * threshold
            z = Spike.apply((v - threshold) / threshold, (r <= 0).to(v.dtype))
            r = torch.clamp(r + REFRACTORY * z.detach() - 1, 0, REFRACTORY)
            out.append(z)
        return torch.stack(out)

    def loss(self, z):
        projected = ((1 - KAPPA) * z) @ self.w_out
        y, read = torch.zeros_like(projected[0]), []
        for t, p in enumerate(projected.unbind(0)):
            y = KAPPA * y + p
            if t >= self.case.steps // 2:
                read.append(y)
        return F.cross_entropy(torch.stack(read).mean(0), self.targets)

    def train_step(self):
        kept = []
        for p in (self.w_in, self.w_out):
            p.grad = None
        z = self.spikes(kept)
        self.loss(z).backward()
        with torch.no_grad():
            # Nothing spikes before the first step, so nothing comes back to it.
            self.form.learn(z[:-1].flatten(0, 1), torch.cat(kept[::-1]))
            for p in (self.w_in, self.w_out):
                p.sub_(p.grad, alpha=LEARNING_RATE)

    @torch.no_grad()
    def spike_rate(self):
        return self.spikes([]).mean().item()


def build(peer, case, gain, data):
    return Job(case, data, {"torch-masked": Masked, "torch-sparse": Sparse}[peer])
