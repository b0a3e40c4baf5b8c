"""Writes the small networks of this folder with PyTorch and, for each, what onnxruntime makes of three images.

python make.py FOLDER      (PyTorch 2.15, onnx 1.23, onnxruntime 1.31; seed 1)
"""

import sys
import warnings

import numpy as np
import onnx
import onnxruntime
import torch
from torch import nn
from torch.nn import functional as F

warnings.filterwarnings("ignore")


class Cnn(nn.Module):
    """Batch normalisation after convolutions, leaky ReLU, dropout, log-softmax."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(2, 4, 3, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(4)
        self.conv2 = nn.Conv2d(4, 6, 3, stride=2)
        self.norm2 = nn.BatchNorm2d(6)
        self.drop = nn.Dropout(0.5)
        self.dense = nn.Linear(6 * 3 * 3, 5)

    def forward(self, x):
        x = F.relu(self.norm1(self.conv1(x)))
        x = F.leaky_relu(self.norm2(self.conv2(x)), 0.1)
        return F.log_softmax(self.dense(self.drop(x.view(x.size(0), -1))), 1)


class Excite(nn.Module):
    def __init__(self, channels, inner):
        super().__init__()
        self.down = nn.Conv2d(channels, inner, 1)
        self.up = nn.Conv2d(inner, channels, 1)

    def forward(self, x):
        return x * torch.sigmoid(self.up(F.silu(self.down(F.adaptive_avg_pool2d(x, 1)))))


class Residual(nn.Module):
    """SiLU, squeeze-and-excitation, a shortcut with a convolution, max pooling."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(2, 4, 3, padding=1)
        self.norm = nn.BatchNorm2d(4)
        self.conv1 = nn.Conv2d(4, 8, 3, stride=2, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(8)
        self.excite = Excite(8, 3)
        self.conv2 = nn.Conv2d(8, 8, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(8)
        self.short = nn.Sequential(nn.Conv2d(4, 8, 1, stride=2, bias=False), nn.BatchNorm2d(8))
        self.dense = nn.Linear(8, 5)

    def forward(self, x):
        x = F.silu(self.norm(self.stem(x)))
        y = self.excite(F.silu(self.norm1(self.conv1(x))))
        y = self.norm2(self.conv2(y)) + self.short(x)
        return self.dense(F.max_pool2d(F.silu(y), 2).mean((2, 3)))


class Mlp(nn.Module):
    """Both GELUs, tanh, hard swish, a PReLU per channel, normalisation that nothing can take, softmax."""

    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(10, 12),
            nn.GELU(),
            nn.Linear(12, 12),
            nn.GELU(approximate="tanh"),
            nn.Linear(12, 8),
            nn.Tanh(),
            nn.Linear(8, 8),
            nn.Hardswish(),
            nn.Linear(8, 8),
            nn.PReLU(8),
            nn.BatchNorm1d(8),
            nn.Linear(8, 4),
        )

    def forward(self, x):
        return torch.softmax(self.layers(x), -1)


def layer(inputs, outputs, kernel, stride=1, groups=1, active=True):
    conv = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(outputs), *([nn.ReLU6()] if active else []))


class Mobile(nn.Module):
    """An inverted residual block with ReLU6, hard sigmoid, average pools."""

    def __init__(self):
        super().__init__()
        self.stem = layer(3, 4, 3, 2)
        self.expand = layer(4, 12, 1)
        self.depth = layer(12, 12, 3, groups=12)
        self.project = layer(12, 4, 1, active=False)
        self.head = layer(4, 8, 1)
        self.hard = nn.Hardsigmoid()
        self.dense = nn.Linear(8, 5)

    def forward(self, x):
        x = self.stem(x)
        x = self.hard(self.head(x + self.project(self.depth(self.expand(x)))))
        return self.dense(torch.flatten(F.adaptive_avg_pool2d(F.avg_pool2d(x, 2), 1), 1))


def randomise(net):
    for module in net.modules():
        if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d)):
            module.running_mean.normal_(0, 0.3)
            module.running_var.uniform_(0.5, 2)
            module.weight.uniform_(0.5, 1.5)
            module.bias.normal_(0, 0.3)
        if isinstance(module, nn.PReLU):
            module.weight.uniform_(-0.2, 0.4)
    return net.eval()


def slim(path):
    """Drops source lines and hints of shapes, which carry the machine's paths and are not needed."""
    model = onnx.load(path)
    del model.graph.value_info[:]
    del model.metadata_props[:]
    graph = model.graph
    for item in [graph, *graph.node, *graph.initializer, *graph.input, *graph.output]:
        item.ClearField("doc_string")
        item.ClearField("metadata_props")
    onnx.save(model, path)


folder = sys.argv[1]
torch.manual_seed(1)
for name, make, shape in [
    ("cnn", Cnn, (2, 8, 8)),
    ("residual", Residual, (2, 8, 8)),
    ("mlp", Mlp, (10,)),
    ("mobile", Mobile, (3, 8, 8)),
]:
    with torch.no_grad():
        net = randomise(make())
        image = torch.randn(3, *shape)
    np.save(f"{folder}/{name}.image.npy", image.numpy())
    names = dict(input_names=["image"], output_names=["scores"])
    for kind in ["legacy", "dynamo"]:
        path = f"{folder}/{name}-{kind}.onnx"
        if kind == "dynamo":
            batch = [{0: torch.export.Dim("batch")}]
            torch.onnx.export(net, (image,), path, dynamo=True, dynamic_shapes=batch, external_data=False, **names)
        else:
            axes = {"image": {0: "n"}, "scores": {0: "n"}}
            # PRESERVE keeps the normalisations, which the exporter would fold itself.
            keep = dict(training=torch.onnx.TrainingMode.PRESERVE, do_constant_folding=False)
            torch.onnx.export(net, (image,), path, dynamo=False, opset_version=13, dynamic_axes=axes, **keep, **names)
        slim(path)
        session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
        np.save(f"{folder}/{name}-{kind}.scores.npy", session.run(None, {"image": image.numpy()})[0])
        model = onnx.load(path)
        print(path, model.opset_import[0].version, sorted({node.op_type for node in model.graph.node}))
