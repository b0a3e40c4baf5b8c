"""The CIFAR-10 networks: input [n, 3, 32, 32] float32 in 0..1, output logits [n, 10]."""

import torch
import torch.nn.functional as F
from torch import nn

MEAN = (0.4914, 0.4822, 0.4465)
STD = (0.247, 0.2435, 0.2616)


def normalisation() -> nn.Conv2d:
    """(x - mean) / std as a fixed 1x1 convolution, so that the exported graph takes plain pixels."""
    layer = nn.Conv2d(3, 3, 1)
    std = torch.tensor(STD)
    layer.weight.data = torch.diag(1 / std).view(3, 3, 1, 1)
    layer.bias.data = -torch.tensor(MEAN) / std
    return layer.requires_grad_(False)


class ConvNorm(nn.Sequential):
    def __init__(self, inputs: int, outputs: int, stride: int = 1) -> None:
        super().__init__(nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs))


class SqueezeExcite(nn.Module):
    def __init__(self, channels: int, reduction: int = 4) -> None:
        super().__init__()
        self.reduce = nn.Conv2d(channels, channels // reduction, 1)
        self.expand = nn.Conv2d(channels // reduction, channels, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        mean = F.adaptive_avg_pool2d(x, 1)
        return x * torch.sigmoid(self.expand(F.silu(self.reduce(mean))))


class Residual(nn.Module):
    """act(x + [squeeze-excite](norm(conv(act(norm(conv x))))))"""

    def __init__(self, channels: int, activation: type[nn.Module], excite: bool) -> None:
        super().__init__()
        self.first, self.second = ConvNorm(channels, channels), ConvNorm(channels, channels)
        self.inner, self.outer = activation(), activation()
        self.excite = SqueezeExcite(channels) if excite else nn.Identity()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.outer(x + self.excite(self.second(self.inner(self.first(x)))))


def stage(inputs: int, outputs: int, activation: type[nn.Module], excite: bool) -> list[nn.Module]:
    """Half the height and width by a strided convolution, then one residual block."""
    return [ConvNorm(inputs, outputs, 2), activation(), Residual(outputs, activation, excite)]


def relu_network() -> nn.Sequential:
    """51 M multiply-accumulates, 1.30 M weights: wide and shallow, ReLU."""
    act = nn.ReLU
    return nn.Sequential(
        normalisation(), ConvNorm(3, 32), act(),
        *stage(32, 48, act, excite=False), *stage(48, 128, act, excite=False), *stage(128, 192, act, excite=False),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(192, 10),
    )


def forerunner_network() -> nn.Sequential:
    """41 M multiply-accumulates, 0.86 M weights: as the ReLU network, narrower, a plain convolution in place of the third block."""
    act = nn.ReLU
    return nn.Sequential(
        normalisation(), ConvNorm(3, 32), act(),
        *stage(32, 48, act, excite=False), *stage(48, 112, act, excite=False),
        ConvNorm(112, 192, 2), act(), ConvNorm(192, 192), act(),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(192, 10),
    )


def silu_network() -> nn.Sequential:
    """21 M multiply-accumulates, 0.53 M weights: SiLU, squeeze-and-excitation with sigmoid gates in every block."""
    act = nn.SiLU
    return nn.Sequential(
        normalisation(), ConvNorm(3, 24), act(),
        *stage(24, 32, act, excite=True), *stage(32, 72, act, excite=True), *stage(72, 128, act, excite=True),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(128, 10),
    )
