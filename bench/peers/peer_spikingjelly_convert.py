"""Rate coding by SpikingJelly's ann2snn of a network in an ONNX file: steps and time until it is about as accurate as asked.

    .venv/bin/python peer_spikingjelly_convert.py NETWORK.onnx FOLDER ACCURACY [--steps 256]

FOLDER holds calibration.npy and test.npy, float32 [n, ...], and labels.npy. The weights are those of the file: its nodes become the modules of a
torch.fx graph, which is what ann2snn converts. Every recipe runs step by step, in one thread, until its accuracy is within MARGIN of the one asked for, or
for all steps. The last line of stdout is {"results": [{"peer", "version", "steps", "reached", "accuracy", "imagesPerSecond", "curve"}, ...]}.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from importlib.metadata import version
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from spikingjelly.activation_based import ann2snn, functional
from torch import fx, nn

BATCH = 32
# Of the accuracy asked for: one point, as published rate codes are compared.
MARGIN = 0.01
RECIPES = {
    "max": {"mode": "Max"},
    "99.9%": {"mode": "99.9%"},
    "99.9% half": {"mode": "99.9%", "channel_wise": True, "half_threshold": True},
}


def module_of(node, constants: dict, attributes: dict) -> nn.Module | None:
    """The module that computes a node; None for a sum of two values."""
    if node.op_type in ("Conv", "Gemm"):
        weight = constants[node.input[1]]
        bias = constants[node.input[2]] if len(node.input) > 2 else None
        if node.op_type == "Gemm":
            layer = nn.Linear(weight.shape[1], weight.shape[0], bias is not None)
        else:
            groups = attributes.get("group", 1)
            shape = (weight.shape[1] * groups, weight.shape[0], attributes["kernel_shape"])
            pads = attributes["pads"][:2]
            layer = nn.Conv2d(*shape, attributes["strides"], pads, 1, groups, bias is not None)
        layer.weight.data = weight
        if bias is not None:
            layer.bias.data = bias
        return layer
    if node.op_type == "AveragePool":
        return nn.AvgPool2d(attributes["kernel_shape"], attributes["strides"])
    simple = {"Relu": nn.ReLU, "Flatten": nn.Flatten, "GlobalAveragePool": lambda: nn.AdaptiveAvgPool2d(1)}
    if node.op_type in simple:
        return simple[node.op_type]()
    if node.op_type == "Add":
        return None
    raise SystemExit(f"peer_spikingjelly_convert: no module for {node.op_type}")


def network(path: Path) -> fx.GraphModule:
    file = onnx.load(str(path)).graph
    constants = {t.name: torch.from_numpy(numpy_helper.to_array(t).copy()) for t in file.initializer}
    root, graph = nn.Module(), fx.Graph()
    values = {file.input[0].name: graph.placeholder("x")}
    for k, node in enumerate(file.node):
        attributes = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
        if node.op_type == "Constant":
            constants[node.output[0]] = torch.from_numpy(numpy_helper.to_array(attributes["value"]).copy())
            continue
        arguments = tuple(values[name] for name in node.input if name in values)
        module = module_of(node, constants, attributes)
        if module is None:
            values[node.output[0]] = graph.call_function(torch.add, arguments)
            continue
        root.add_module(f"m{k}", module)
        values[node.output[0]] = graph.call_module(f"m{k}", arguments)
    graph.output(values[file.output[0].name])
    return fx.GraphModule(root, graph).eval()


class Traceable(nn.Module):
    """ann2snn traces its input again; a graph module as a child is traced through."""

    def __init__(self, inner: fx.GraphModule) -> None:
        super().__init__()
        self.inner = inner

    def forward(self, x):
        return self.inner(x)


@torch.no_grad()
def run_until(model: nn.Module, images: torch.Tensor, labels: torch.Tensor, steps: int, wanted: float) -> dict:
    """All images in step, so that a run can end as soon as the accuracy is there; `seconds` is CPU time of the model alone."""
    blocks = images.split(BATCH)
    outputs = [torch.zeros(0)] * len(blocks)
    # The first calls compile.
    for _ in range(2):
        model(blocks[0])
    saved = [None] * len(blocks)
    seconds, curve, accuracy = 0.0, [], 0.0
    for step in range(1, steps + 1):
        for k, block in enumerate(blocks):
            restore(model, saved[k])
            began = time.process_time()
            out = model(block)
            seconds += time.process_time() - began
            outputs[k] = out if step == 1 else outputs[k] + out
            saved[k] = potentials(model)
        accuracy = (torch.cat(outputs).argmax(1) == labels).float().mean().item()
        curve.append(round(accuracy, 4))
        if accuracy >= wanted - MARGIN:
            break
    return {"steps": step, "reached": accuracy >= wanted - MARGIN, "accuracy": round(accuracy, 4),
            "imagesPerSecond": len(images) / seconds, "curve": curve}


def neurons(model: nn.Module) -> list[nn.Module]:
    return [m for m in model.modules() if hasattr(m, "v") and hasattr(m, "v_reset")]


def potentials(model: nn.Module) -> list:
    return [neuron.v for neuron in neurons(model)]


def restore(model: nn.Module, state: list | None) -> None:
    if state is None:
        functional.reset_net(model)
        return
    for neuron, v in zip(neurons(model), state, strict=True):
        neuron.v = v


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("network", type=Path)
    options.add_argument("folder", type=Path)
    options.add_argument("accuracy", type=float, help="0 to 1")
    options.add_argument("--steps", type=int, default=256)
    args = options.parse_args()
    torch.set_num_threads(1)
    calibration, images, labels = (torch.from_numpy(np.load(args.folder / f"{n}.npy")) for n in ("calibration", "test", "labels"))
    ann = network(args.network)
    with torch.no_grad():
        guesses = torch.cat([ann(block).argmax(1) for block in images.split(BATCH)])
    print(f"trained network {(guesses == labels).float().mean():.4f}", file=sys.stderr)
    results = []
    for name, recipe in RECIPES.items():
        loader = calibration.split(50)
        converter = ann2snn.Converter(recipe=ann2snn.RateCodingRecipe(dataloader=loader, **recipe))
        row = run_until(converter.convert(Traceable(network(args.network))), images, labels, args.steps, args.accuracy)
        results.append({"peer": f"spikingjelly {name}", "version": version("spikingjelly"), **row})
        print(results[-1], file=sys.stderr, flush=True)
    print(json.dumps({"results": results}))


if __name__ == "__main__":
    main()
