"""A CIFAR-10 network learns the labels, on one CPU thread: flips, shifts, label smoothing 0.1, a ramp of the rate per phase, average of the weights."""

import copy
import json
import time
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from cifar_augment import cropped, cutout, padded, smaller, windows
from torch import nn
from training import accuracy, average, muon_and_adam, nesterov, ramp

BATCH = 500
SMALL = 24


@dataclass(frozen=True)
class Phase:
    """Epochs with one optimiser and one ramp of its rate. So many of the first epochs are on images of 24x24, which cost half; `cut`: grey squares."""

    epochs: int
    small: int = 0
    momentum: bool = False
    cut: bool = False


def learn_labels(model: nn.Module, data: dict[str, torch.Tensor], checkpoint: Path, phases: list[Phase], seed: int) -> nn.Module:
    """The network with averaged weights. Goes on from the checkpoint, of which there is one per epoch. Prints one line an epoch."""
    images, labels = padded(data["train_images"]), data["train_labels"]
    model = model.to(memory_format=torch.channels_last)
    mean, per_epoch = copy.deepcopy(model), len(images) // BATCH
    saved = torch.load(checkpoint) if checkpoint.exists() else None
    if saved:
        model.load_state_dict(saved["model"]), mean.load_state_dict(saved["mean"])
    for number, phase in enumerate(phases):
        if saved and saved["phase"] > number:
            continue
        optimisers = nesterov(model) if phase.momentum else muon_and_adam(model)
        first = 0
        if saved and saved["phase"] == number:
            [o.load_state_dict(s) for o, s in zip(optimisers, saved["optimisers"])]
            first = saved["epoch"]
        for epoch in range(first, phase.epochs):
            began, losses = time.time(), 0.0
            generator = torch.Generator().manual_seed(1_000_000 * seed + 1000 * number + epoch)
            order = torch.randperm(len(images), generator=generator)
            model.train()
            for i in range(per_epoch):
                step = epoch * per_epoch + i
                ramp(optimisers, step, phase.epochs * per_epoch)
                chosen = order[i * BATCH : (i + 1) * BATCH]
                x = cropped(images[chosen], windows(BATCH, generator))
                x = smaller(x, SMALL) if epoch < phase.small else x
                x = cutout(x, generator) if phase.cut else x
                with torch.autocast("cpu", torch.bfloat16):
                    logits = model(x.to(memory_format=torch.channels_last))
                loss = F.cross_entropy(logits.float(), labels[chosen], label_smoothing=0.1)
                model.zero_grad(set_to_none=True)
                loss.backward()
                [o.step() for o in optimisers]
                average(mean, model, step)
                losses += loss.item()
            line = {"phase": number + 1, "epoch": epoch + 1, "loss": round(losses / per_epoch, 4), "seconds": round(time.time() - began),
                    "test": accuracy(mean, data["test_images"], data["test_labels"], half=True)}
            print(json.dumps(line), flush=True)
            torch.save({"model": model.state_dict(), "mean": mean.state_dict(), "optimisers": [o.state_dict() for o in optimisers],
                        "phase": number, "epoch": epoch + 1}, checkpoint)
    return mean
