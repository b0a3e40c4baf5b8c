"""Do the peers compute what the README says? Exits 1 at the first check that fails.

    .venv/bin/python check.py            hand-written PyTorch and SpikingJelly
    .venv/bin/python check.py compile    torch.compile too (a minute of compiling)
"""

from __future__ import annotations

import sys

import numpy as np
import torch

import peer_torch as P
from common import Case, draw

CASE = Case("lsnn", 4, 30, 120, 0.05)
GAIN = 0.5


def expect(what: str, ok: bool, detail: str) -> None:
    print(f"{'ok  ' if ok else 'FAIL'} {what}: {detail}")
    if not ok:
        raise SystemExit(1)


def plain_lsnn(case, gain, data) -> np.ndarray:
    """The nine published steps, one line each, in float64."""
    x, _, w = data
    w_in, w_rec = w["in"].T * gain / case.inputs**0.5, w["rec"].T * gain / case.neurons**0.5
    beta = np.where(np.arange(case.neurons) < case.neurons // 2, 0, P.BETA)
    v = z = b = r = np.zeros((case.batch, case.neurons))
    out = []
    for t in range(case.steps):
        b = P.RHO * b + (1 - P.RHO) * z
        threshold = P.B0 + beta * b
        v = P.ALPHA * v + (1 - P.ALPHA) * (x[t] @ w_in + z @ w_rec) - z * threshold
        z = (((v - threshold) / threshold > 0) & (r <= 0)).astype(float)
        r = np.clip(r + P.REFRACTORY * z - 1, 0, P.REFRACTORY)
        out.append(z)
    return np.stack(out)


def gradients(job) -> list[torch.Tensor]:
    job.train_step()
    return [p.grad.clone() for p in (job.params if hasattr(job, "params") else job.net.parameters())]


def worst(a, b) -> float:
    return max(((p - q).norm() / q.norm()).item() for p, q in zip(a, b, strict=True))


def shortest_interval(z: np.ndarray) -> int:
    gaps = [np.diff(np.flatnonzero(z[:, i, j])) for i in range(z.shape[1]) for j in range(z.shape[2])]
    return int(min(gap.min() for gap in gaps if gap.size))


def main() -> None:
    data = draw(CASE)
    eager = P.build("torch-eager", CASE, GAIN, data)
    with torch.no_grad():
        ours = eager.spikes().numpy()
    reference = plain_lsnn(CASE, GAIN, data)
    # One spike that float32 puts a step later shifts its successors; a wrong equation changes far more than 1 %.
    differing = float((ours != reference).sum() / reference.sum())
    expect("hand-written PyTorch = published steps", differing < 0.01, f"{differing:.2%} of {reference.sum():.0f} spikes differ")
    interval = shortest_interval(ours)
    expect("refractory counter", interval >= P.REFRACTORY, f"shortest interval {interval} steps, {P.REFRACTORY} asked for")

    import peer_spikingjelly as S

    single = gradients(S.build("spikingjelly-single", CASE, 20, data))
    multi = gradients(S.build("spikingjelly-multi", CASE, 20, data))
    error = worst(multi, single)
    # Same operations in another order of summation: float32 rounding only.
    expect("SpikingJelly multi-step = single-step gradients", error < 1e-4, f"relative difference {error:.1e}")

    if "compile" in sys.argv[1:]:
        error = worst(gradients(P.build("torch-compile", CASE, GAIN, data)), gradients(eager))
        expect("torch.compile = eager gradients", error < 1e-4, f"relative difference {error:.1e}")


if __name__ == "__main__":
    main()
