"""CIFAR-10 from an archive of JPEG files (train/<class>/NNNN.jpg, test/<class>/NNNN.jpg), decoded once into an .npz file.

Arrays: images uint8 [n, 3, 32, 32] in the order of the archive's file names, labels int64 [n]; classes in alphabetical order, which is CIFAR-10's own.
"""

import io
import tarfile
from pathlib import Path

import numpy as np
from PIL import Image

CLASSES = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]


def decode(archive: Path) -> dict[str, np.ndarray]:
    found: dict[str, list[tuple[str, np.ndarray]]] = {"train": [], "test": []}
    with tarfile.open(archive) as tar:
        for member in tar:
            if not member.name.endswith(".jpg"):
                continue
            split = member.name.split("/")[-3]
            image = Image.open(io.BytesIO(tar.extractfile(member).read())).convert("RGB")
            found[split].append((member.name, np.asarray(image).transpose(2, 0, 1)))
    arrays = {}
    for split, files in found.items():
        files.sort(key=lambda pair: pair[0])
        arrays[f"{split}_images"] = np.stack([image for _, image in files])
        arrays[f"{split}_labels"] = np.array([CLASSES.index(name.split("/")[-2]) for name, _ in files])
    return arrays


def load(data_directory: Path, cache: Path) -> dict[str, np.ndarray]:
    """The decoded set; `cache` is an .npz file, written at the first call."""
    if not cache.exists():
        np.savez(cache, **decode(data_directory / "cifar10-jpeg.tar.gz"))
    with np.load(cache) as stored:
        return dict(stored)
