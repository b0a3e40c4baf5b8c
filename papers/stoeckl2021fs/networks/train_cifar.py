"""Trains a CIFAR-10 network of cifar_models.py on one CPU thread and writes it as ONNX.

python train_cifar.py DATA_DIRECTORY --model relu --epochs 22 --work /tmp/volley-cifar

Random flip and shift (reflection padding), label smoothing 0.1, linear decay after a short rise, average of the weights; bfloat16 in the
convolutions of training, float32 in the final test and in the file. A killed run goes on from its last epoch. Prints one line an epoch.
"""

import argparse
import copy
import json
import time
from pathlib import Path

import torch
import torch.nn.functional as F
from cifar_data import load
from cifar_models import NETWORKS
from exporting import export
from muon import Muon
from torch import nn

SHIFT = 3
BATCH = 500
SMALL = 24
EMA = 0.995


def tensors(arguments) -> dict[str, torch.Tensor]:
    return {name: torch.from_numpy(array) for name, array in load(arguments.data, arguments.work / "cifar10.npz").items()}


def padded(images: torch.Tensor) -> torch.Tensor:
    blocks = [F.pad(block.float(), (SHIFT,) * 4, mode="reflect").to(torch.uint8) for block in images.split(5000)]
    return torch.cat(blocks)


def augmented(images: torch.Tensor, indices: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Random 32x32 windows of the padded images, half of them mirrored."""
    n = len(indices)
    offset = torch.randint(0, 2 * SHIFT + 1, (2, n), generator=generator)
    span = torch.arange(32)
    rows = offset[0, :, None] + span
    columns = offset[1, :, None] + span
    mirror = torch.rand(n, generator=generator) < 0.5
    columns[mirror] = columns[mirror].flip(1)
    picked = images[indices[:, None, None], :, rows[:, :, None], columns[:, None, :]]
    return picked.permute(0, 3, 1, 2).float() / 255


@torch.no_grad()
def accuracy(model: nn.Module, images: torch.Tensor, labels: torch.Tensor, half: bool) -> float:
    model.eval()
    correct = 0
    for block, truth in zip(images.split(1000), labels.split(1000)):
        x = (block.float() / 255).to(memory_format=torch.channels_last)
        with torch.autocast("cpu", torch.bfloat16, enabled=half):
            correct += (model(x).argmax(1) == truth).sum().item()
    return 100 * correct / len(labels)


def optimisers(model: nn.Module, rate: float):
    kernels = [p for p in model.parameters() if p.requires_grad and p.ndim == 4 and p.shape[1] > 3 and p.shape[2] == 3]
    chosen = {id(p) for p in kernels}
    others = [p for p in model.parameters() if p.requires_grad and id(p) not in chosen]
    return [Muon(kernels, lr=rate), torch.optim.AdamW(others, lr=rate / 25, weight_decay=0)]


@torch.no_grad()
def average(mean: nn.Module, model: nn.Module, step: int) -> None:
    decay = min(EMA, step / (step + 10))
    for a, b in zip(mean.state_dict().values(), model.state_dict().values()):
        if a.is_floating_point():
            a.lerp_(b, 1 - decay)


def train(arguments) -> None:
    torch.set_num_threads(1)
    torch.manual_seed(arguments.seed)
    data = tensors(arguments)
    images, labels = padded(data["train_images"]), data["train_labels"]
    model = NETWORKS[arguments.model]().to(memory_format=torch.channels_last)
    mean = copy.deepcopy(model)
    opts = optimisers(model, arguments.rate)
    per_epoch = len(images) // BATCH
    total = arguments.epochs * per_epoch
    checkpoint = arguments.work / f"cifar-{arguments.model}.pt"
    first, spent = 0, 0.0
    if checkpoint.exists():
        saved = torch.load(checkpoint)
        model.load_state_dict(saved["model"]), mean.load_state_dict(saved["mean"])
        [o.load_state_dict(s) for o, s in zip(opts, saved["optimisers"])]
        first, spent = saved["epoch"], saved["seconds"]
    log = (arguments.work / f"cifar-{arguments.model}.jsonl").open("a")
    for epoch in range(first, arguments.epochs):
        began = time.time()
        generator = torch.Generator().manual_seed(1000 * arguments.seed + epoch)
        order = torch.randperm(len(images), generator=generator)
        losses = 0.0
        model.train()
        for i in range(per_epoch):
            step = epoch * per_epoch + i
            scale = min(1, (step + 1) / 200) * (1 - step / total)
            for o, base in zip(opts, (arguments.rate, arguments.rate / 25)):
                o.param_groups[0]["lr"] = base * scale
            indices = order[i * BATCH : (i + 1) * BATCH]
            x = augmented(images, indices, generator)
            if arguments.small[0] <= epoch + 1 <= arguments.small[1]:
                x = F.interpolate(x, SMALL, mode="bilinear", antialias=True)
            x = x.to(memory_format=torch.channels_last)
            with torch.autocast("cpu", torch.bfloat16):
                logits = model(x)
            loss = F.cross_entropy(logits.float(), labels[indices], label_smoothing=0.1)
            model.zero_grad(set_to_none=True)
            loss.backward()
            [o.step() for o in opts]
            average(mean, model, step)
            losses += loss.item()
            if i % 25 == 24:
                print(f"  epoch {epoch + 1} step {i + 1} loss {losses / (i + 1):.4f} {time.time() - began:.0f} s", flush=True)
        spent += time.time() - began
        line = {"epoch": epoch + 1, "loss": round(losses / per_epoch, 4), "seconds": round(spent),
                "test": accuracy(mean, data["test_images"], data["test_labels"], half=True)}
        print(json.dumps(line), flush=True)
        log.write(json.dumps(line) + "\n")
        log.flush()
        torch.save({"model": model.state_dict(), "mean": mean.state_dict(), "optimisers": [o.state_dict() for o in opts],
                    "epoch": epoch + 1, "seconds": spent}, checkpoint)
    print("test accuracy in float32:", accuracy(mean, data["test_images"], data["test_labels"], half=False))
    export(mean, arguments.out / f"cifar-{arguments.model}.onnx", (3, 32, 32))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--model", choices=sorted(NETWORKS), default="relu")
    parser.add_argument("--epochs", type=int, default=22)
    parser.add_argument("--small", type=int, nargs=2, default=(0, 0), help="first and last epoch on images of 24x24, which cost half")
    parser.add_argument("--rate", type=float, default=0.1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--work", type=Path, required=True, help="folder of checkpoints, the log and the decoded images")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent)
    chosen = parser.parse_args()
    chosen.work.mkdir(parents=True, exist_ok=True)
    train(chosen)
