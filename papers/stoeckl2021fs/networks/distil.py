"""Last stages of train_cifar_relu.py: a network learns the answers of two others (knowledge distillation).

The training images are seen in VIEWS windows (flip and shift), one per epoch in turn. The logits of both teachers for a view are computed once and kept
in a file. The target of an image is halfway between its logits in the view and their mean over all views. Loss: the divergence from the target at
TEMPERATURE, and HARD of the cross-entropy with the label. Convolutions in bfloat16. What is kept is the average of the weights.
"""

import copy
import json
import time
from pathlib import Path

import torch
import torch.nn.functional as F
from cifar_augment import cropped, cutout, padded, windows
from torch import nn
from training import accuracy, average, muon_and_adam, ramp

VIEWS = 4
TEMPERATURE = 3.0
HARD = 0.2
BATCH = 500
RATE = 0.05


@torch.no_grad()
def logits_of_both(tuned: nn.Module, forerunner: nn.Module, images: torch.Tensor, window: torch.Tensor, file: Path) -> torch.Tensor:
    """The forerunner's count twice in the mean: label smoothing made them about a third as large."""
    if not file.exists():
        tuned.eval(), forerunner.eval()
        blocks = []
        for block, chosen in zip(images.split(100), window.split(100)):
            x = cropped(block, chosen).to(memory_format=torch.channels_last)
            with torch.autocast("cpu", torch.bfloat16):
                other = forerunner(x).float()
            blocks.append((tuned(x) + 2 * other) / 2)
        unfinished = file.with_suffix(".part")
        torch.save(torch.cat(blocks), unfinished)
        unfinished.rename(file)
    return torch.load(file)


@torch.no_grad()
def inherit(model: nn.Module, parent: nn.Module) -> None:
    """Takes what it can of every parameter that has the name of one of the parent's: the part that both have room for."""
    theirs = parent.state_dict()
    for name, own in model.state_dict().items():
        if own.ndim and name in theirs and theirs[name].ndim == own.ndim:
            common = tuple(slice(0, min(a, b)) for a, b in zip(own.shape, theirs[name].shape))
            own[common] = theirs[name][common]


def loss_of(logits: torch.Tensor, taught: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    own, other = (F.log_softmax(x / TEMPERATURE, 1) for x in (logits, taught))
    soft = F.kl_div(own, other, reduction="batchmean", log_target=True)
    return (1 - HARD) * TEMPERATURE**2 * soft + HARD * F.cross_entropy(logits, labels)


def distil(model: nn.Module, tuned: nn.Module, forerunner: nn.Module, data: dict[str, torch.Tensor], work: Path, epochs: int, seed: int) -> nn.Module:
    """The network with averaged weights. Goes on from the files in `work`."""
    images, labels = padded(data["train_images"]), data["train_labels"]
    seen = [windows(len(images), torch.Generator().manual_seed(1_000_000 * seed + view)) for view in range(VIEWS)]
    answers = [logits_of_both(tuned, forerunner, images, window, work / f"view-{view}.pt") for view, window in enumerate(seen)]
    common = sum(answers) / VIEWS
    inherit(model, forerunner)
    model = model.to(memory_format=torch.channels_last)
    mean, optimisers = copy.deepcopy(model), muon_and_adam(model, RATE)
    per_epoch, first = len(images) // BATCH, 0
    checkpoint = work / "student.pt"
    if checkpoint.exists():
        saved = torch.load(checkpoint)
        model.load_state_dict(saved["model"]), mean.load_state_dict(saved["mean"])
        [o.load_state_dict(s) for o, s in zip(optimisers, saved["optimisers"])]
        first = saved["epoch"]
    for epoch in range(first, epochs):
        view, began, losses = epoch % VIEWS, time.time(), 0.0
        taught = (answers[view] + common) / 2
        generator = torch.Generator().manual_seed(1000 * seed + epoch)
        order = torch.randperm(len(images), generator=generator)
        model.train()
        for i in range(per_epoch):
            step = epoch * per_epoch + i
            ramp(optimisers, step, epochs * per_epoch)
            chosen = order[i * BATCH : (i + 1) * BATCH]
            x = cutout(cropped(images[chosen], seen[view][chosen]), generator)
            with torch.autocast("cpu", torch.bfloat16):
                logits = model(x.to(memory_format=torch.channels_last))
            loss = loss_of(logits.float(), taught[chosen], labels[chosen])
            model.zero_grad(set_to_none=True)
            loss.backward()
            [o.step() for o in optimisers]
            average(mean, model, step)
            losses += loss.item()
        line = {"epoch": epoch + 1, "loss": round(losses / per_epoch, 4), "seconds": round(time.time() - began),
                "test": accuracy(mean, data["test_images"], data["test_labels"], half=True)}
        print(json.dumps(line), flush=True)
        torch.save({"model": model.state_dict(), "mean": mean.state_dict(), "optimisers": [o.state_dict() for o in optimisers],
                    "epoch": epoch + 1}, checkpoint)
    return mean
