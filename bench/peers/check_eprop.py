"""Is the online e-prop of the peers ours? Exits 1 at the first check that fails. Needs a build of the package.

    .venv/bin/python check_eprop.py            eager PyTorch against ours
    .venv/bin/python check_eprop.py compile    the two compiled forms against eager too (minutes of compiling)
"""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import torch

import peer_eprop_torch as P
from check import expect
from common import HERE, Case

NAMES = ("in", "rec", "out")


def fixture() -> dict:
    """A small case as our program sees it: weights, inputs, targets, spikes and gradients, flat in the public shapes."""
    done = subprocess.run(
        ["node", str(HERE.parent.parent / "dist/bench/eprop-fixture.js")], capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


def jobs(data: dict, forms) -> list:
    case = Case("eprop", data["batch"], data["neurons"], data["steps"], 0)
    n = case.neurons
    shaped = lambda key, *shape: np.array(data[key], dtype=np.float32).reshape(shape)
    weights = {name: shaped(name, -1, n) for name in (*NAMES, "feedback")}
    arrays = (
        shaped("x", case.steps, case.batch, n),
        shaped("target", case.steps, case.batch, P.OUTPUTS),
        weights,
    )
    # The job multiplies by gain / sqrt(n).
    return [P.build(f"torch-{form}", case, n**0.5, arrays) for form in forms]


def worst(found, expected) -> float:
    return max(((a - b).norm() / b.norm()).item() for a, b in zip(found, expected, strict=True))


def main() -> None:
    data = fixture()
    forms = ["eager", "compile", "blocks"] if "compile" in sys.argv[1:] else ["eager"]
    eager, *others = jobs(data, forms)
    eager.train_step()
    rate = eager.spike_rate()
    # A spike that float32 puts a step later would show as 1e-4 of this number.
    expect("spikes", abs(rate - data["rate"]) < 1e-6, f"{rate:.5f} per neuron and step, ours {data['rate']:.5f}")
    n = data["neurons"]
    expected = [torch.tensor(data[f"gradient_{name}"]).view(-1, n) for name in NAMES]
    error = worst(eager.gradients, expected)
    # float32 sums of hundreds of terms in another order
    expect("eager PyTorch = ours", error < 1e-5, f"relative difference of gradients {error:.1e}")
    for form, job in zip(forms[1:], others, strict=True):
        job.train_step()
        error = worst(job.gradients, eager.gradients)
        expect(f"torch-{form} = eager", error < 1e-5, f"relative difference of gradients {error:.1e}")


if __name__ == "__main__":
    main()
