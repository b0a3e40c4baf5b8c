"""First stage of train_cifar_relu.py: the ImageNet network of cifar_teacher.py learns CIFAR-10."""

import math
import time
from pathlib import Path

import torch
import torch.nn.functional as F
from cifar_augment import cropped, padded, windows
from cifar_teacher import Teacher
from training import accuracy

BATCH = 64
PEAK = 2.5e-4
HEAD_PEAK = 8 * PEAK
DECAY = 0.01
MEASURED_ON = 1000


def rate(step: int, total: int) -> float:
    """A rise over 200 steps, then half a cosine, as a part of the peak."""
    return min(1, (step + 1) / 200) * 0.5 * (1 + math.cos(math.pi * step / total))


def optimiser_of(model: Teacher) -> torch.optim.AdamW:
    learned = [p for p in model.parameters() if p.requires_grad and p is not model.last.weight]
    groups = [
        {"params": [p for p in learned if p.ndim == 4], "weight_decay": DECAY, "peak": PEAK},
        {"params": [p for p in learned if p.ndim < 4], "peak": PEAK},
        {"params": [model.last.weight], "peak": HEAD_PEAK},
    ]
    return torch.optim.AdamW(groups, lr=PEAK, weight_decay=0)


def fine_tune(data: dict[str, torch.Tensor], work: Path, epochs: int, seed: int) -> Teacher:
    """Goes on from work/teacher.pt. The stem and the first three blocks learn in the first half only, since most of the time goes there."""
    torch.manual_seed(seed)
    images, labels = padded(data["train_images"]), data["train_labels"]
    model = Teacher(data["train_images"][torch.randperm(len(images))[:MEASURED_ON]].float() / 255)
    optimiser = optimiser_of(model)
    per_epoch, first = len(images) // BATCH, 0
    checkpoint = work / "teacher.pt"
    if checkpoint.exists():
        saved = torch.load(checkpoint)
        model.load_state_dict(saved["model"]), optimiser.load_state_dict(saved["optimiser"])
        first = saved["epoch"]
    for epoch in range(first, epochs):
        began, right = time.time(), 0
        generator = torch.Generator().manual_seed(1000 * seed + epoch)
        order = torch.randperm(len(images), generator=generator)
        model.train()
        if epoch >= epochs // 2:
            [part.requires_grad_(False) for part in (model.stem, *model.blocks[:3])]
        for i in range(per_epoch):
            for group in optimiser.param_groups:
                group["lr"] = group["peak"] * rate(epoch * per_epoch + i, epochs * per_epoch)
            chosen = order[i * BATCH : (i + 1) * BATCH]
            logits = model(cropped(images[chosen], windows(BATCH, generator)))
            loss = F.cross_entropy(logits, labels[chosen])
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            optimiser.step()
            right += (logits.argmax(1) == labels[chosen]).sum().item()
        print(f"teacher, epoch {epoch + 1}: {100 * right / (per_epoch * BATCH):.2f} % of the training images, {time.time() - began:.0f} s", flush=True)
        torch.save({"model": model.state_dict(), "optimiser": optimiser.state_dict(), "epoch": epoch + 1}, checkpoint)
    if first < epochs:
        print(f"teacher: {accuracy(model, data['test_images'], data['test_labels'], half=False):.2f} % of the test images", flush=True)
    return model
