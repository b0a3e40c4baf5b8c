"""Momentum with orthogonalised updates for convolution kernels, weights held at unit row norm (the batch norm behind each makes their scale free)."""

import torch


def orthogonalised(matrix: torch.Tensor, iterations: int = 4) -> torch.Tensor:
    """The nearest matrix with singular values near 1, by a quintic Newton-Schulz iteration."""
    a, b, c = 3.4445, -4.7750, 2.0315
    wide = matrix if matrix.shape[0] <= matrix.shape[1] else matrix.T
    x = wide / (wide.norm() + 1e-7)
    for _ in range(iterations):
        gram = x @ x.T
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x if wide is matrix else x.T


class Muon(torch.optim.Optimizer):
    def __init__(self, parameters, lr: float, momentum: float = 0.8) -> None:
        super().__init__(parameters, {"lr": lr, "momentum": momentum})

    @torch.no_grad()
    def step(self) -> None:
        for group in self.param_groups:
            for weight in group["params"]:
                state = self.state[weight]
                buffer = state.setdefault("momentum", torch.zeros_like(weight))
                buffer.mul_(group["momentum"]).add_(weight.grad)
                gradient = weight.grad + group["momentum"] * buffer
                weight.mul_(len(weight) ** 0.5 / weight.norm())
                update = orthogonalised(gradient.reshape(len(weight), -1)).view_as(weight)
                weight.add_(update, alpha=-group["lr"])
