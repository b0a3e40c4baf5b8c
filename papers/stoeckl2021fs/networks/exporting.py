"""ONNX files as the conversion reads them: a named batch dimension, float32, standard operators of opset 17."""

import copy
from pathlib import Path

import torch
from torch import nn


def export(model: nn.Module, path: Path, shape: tuple[int, ...], name: str = "image") -> None:
    """`shape`: of one input, without the batch."""
    model = copy.deepcopy(model).eval().to(memory_format=torch.contiguous_format)
    torch.onnx.export(model, (torch.zeros(1, *shape),), str(path), dynamo=False, opset_version=17, input_names=[name],
                      output_names=["logits"], dynamic_axes={name: {0: "batch"}, "logits": {0: "batch"}})
    print(f"{path.name}: {path.stat().st_size} bytes")
