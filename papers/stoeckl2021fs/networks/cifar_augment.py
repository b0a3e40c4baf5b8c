"""Random flips, shifts and squares of CIFAR-10 images. A window is a row of three integers: vertical shift, horizontal shift, 1 if mirrored."""

import torch
import torch.nn.functional as F

SHIFT = 3
CUT = 8
GREY = 0.47


def padded(images: torch.Tensor) -> torch.Tensor:
    """uint8 images with SHIFT reflected pixels on every side."""
    blocks = [F.pad(block.float(), (SHIFT,) * 4, mode="reflect").to(torch.uint8) for block in images.split(5000)]
    return torch.cat(blocks)


def windows(n: int, generator: torch.Generator) -> torch.Tensor:
    shift = torch.randint(0, 2 * SHIFT + 1, (n, 2), generator=generator)
    return torch.cat([shift, torch.randint(0, 2, (n, 1), generator=generator)], 1)


def cropped(images: torch.Tensor, window: torch.Tensor) -> torch.Tensor:
    """[n, 3, 32, 32] in 0..1, channels last, of padded images."""
    span = torch.arange(32)
    rows, columns = window[:, :1] + span, window[:, 1:2] + span
    columns = torch.where(window[:, 2:] > 0, columns.flip(1), columns)
    n = torch.arange(len(images))[:, None, None]
    return images[n, :, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2).float() / 255


def smaller(x: torch.Tensor, side: int) -> torch.Tensor:
    return F.interpolate(x, side, mode="bilinear", antialias=True)


def cutout(x: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """A grey square of CUT pixels at a random place of every image."""
    n, _, height, width = x.shape
    top, left = torch.randint(0, height - CUT + 1, (2, n, 1, 1), generator=generator)
    row, column = torch.arange(height)[None, :, None], torch.arange(width)[None, None, :]
    inside = (row >= top) & (row < top + CUT) & (column >= left) & (column < left + CUT)
    return x.masked_fill(inside[:, None], GREY)
