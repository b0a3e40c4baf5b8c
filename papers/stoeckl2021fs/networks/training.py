"""What the trainings of CIFAR-10 networks share: the data as tensors, accuracy, optimisers, the average of the weights."""

from pathlib import Path

import torch
from cifar_data import load
from muon import Muon
from torch import nn

EMA = 0.995


def tensors(data_directory: Path, work: Path) -> dict[str, torch.Tensor]:
    return {name: torch.from_numpy(array) for name, array in load(data_directory, work / "cifar10.npz").items()}


@torch.no_grad()
def accuracy(model: nn.Module, images: torch.Tensor, labels: torch.Tensor, half: bool) -> float:
    """In percent; `half`: convolutions in bfloat16."""
    model.eval()
    correct = 0
    for block, truth in zip(images.split(500), labels.split(500)):
        x = (block.float() / 255).to(memory_format=torch.channels_last)
        with torch.autocast("cpu", torch.bfloat16, enabled=half):
            correct += (model(x).argmax(1) == truth).sum().item()
    return 100 * correct / len(labels)


def muon_and_adam(model: nn.Module, rate: float = 0.1) -> list[torch.optim.Optimizer]:
    """Orthogonalised momentum for the 3x3 kernels behind the first layer, Adam for the rest, at a 25th of the rate."""
    kernels = [p for p in model.parameters() if p.requires_grad and p.ndim == 4 and p.shape[1] > 3 and p.shape[2] == 3]
    chosen = {id(p) for p in kernels}
    others = [p for p in model.parameters() if p.requires_grad and id(p) not in chosen]
    return with_peaks([Muon(kernels, lr=rate), torch.optim.AdamW(others, lr=rate / 25, weight_decay=0)])


def nesterov(model: nn.Module, rate: float = 0.1) -> list[torch.optim.Optimizer]:
    """Gradient descent with momentum; kernels decay, biases and norms do not."""
    learned = [p for p in model.parameters() if p.requires_grad]
    groups = [{"params": [p for p in learned if p.ndim > 1], "weight_decay": 5e-4}, {"params": [p for p in learned if p.ndim == 1]}]
    return with_peaks([torch.optim.SGD(groups, lr=rate, momentum=0.9, nesterov=True)])


def with_peaks(optimisers: list[torch.optim.Optimizer]) -> list[torch.optim.Optimizer]:
    for group in (group for optimiser in optimisers for group in optimiser.param_groups):
        group["peak"] = group["lr"]
    return optimisers


def ramp(optimisers: list[torch.optim.Optimizer], step: int, total: int) -> None:
    """The rates at a step: a rise over 200 steps, then a straight line to zero."""
    for group in (group for optimiser in optimisers for group in optimiser.param_groups):
        group["lr"] = group["peak"] * min(1, (step + 1) / 200) * (1 - step / total)


@torch.no_grad()
def average(mean: nn.Module, model: nn.Module, step: int) -> None:
    decay = min(EMA, step / (step + 10))
    for a, b in zip(mean.state_dict().values(), model.state_dict().values()):
        if a.is_floating_point():
            a.lerp_(b, 1 - decay)
