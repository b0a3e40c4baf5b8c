"""Cases, inputs, names and the environment that all peers share."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
# Compiled artefacts stay inside the virtual environment, so that removing it removes everything.
CACHE = HERE / ".venv" / "cache"

PEERS = (
    "torch-eager",
    "torch-compile",
    "snntorch",
    "norse",
    "spikingjelly-single",
    "spikingjelly-multi",
    "spyx",
)
# The distribution whose version a row quotes.
PACKAGES = {
    "torch-eager": "torch",
    "torch-compile": "torch",
    "snntorch": "snntorch",
    "norse": "norse",
    "spikingjelly-single": "spikingjelly",
    "spikingjelly-multi": "spikingjelly",
    "spyx": "spyx",
    "torch-blocks": "torch",
    "torch-masked": "torch",
    "torch-sparse": "torch",
}

# What e-prop is compared with: forms of hand-written PyTorch.
EPROP_PEERS = ("torch-eager", "torch-compile", "torch-blocks")
# What DEEP R is compared with.
DEEPR_PEERS = ("torch-masked", "torch-sparse")

SEED = 1
INPUTS = 80
CLASSES = 10
INPUT_RATE = 0.05
TARGET_RATE = 0.03
READ_STEPS = 28
EPROP_RATE = 0.02
EPROP_OUTPUTS = 2


@dataclass(frozen=True)
class Case:
    """One size of one workload; `rate` is the probability of an input spike per step, of deep-r that of a connection."""

    workload: str
    batch: int
    neurons: int
    steps: int
    rate: float

    @property
    def inputs(self) -> int:
        return INPUTS if self.workload in ("lsnn", "deep-r") else self.neurons

    @property
    def input_rate(self) -> float:
        return INPUT_RATE if self.workload == "deep-r" else self.rate

    @property
    def name(self) -> str:
        size = f"B{self.batch} N{self.neurons} T{self.steps}"
        if self.workload == "deep-r":
            return f"{size} {self.rate * 100:g} %"
        return f"{size} p{self.rate * 100:g}" if self.workload == "linear-lif" else size

    @property
    def gain_key(self) -> str:
        """Where gains.json keeps the weight gain; the one of Linear + LIF depends on the rate only."""
        return f"p{self.rate * 100:g}" if self.workload == "linear-lif" else self.name


WORKLOADS = {
    "lsnn": [
        Case("lsnn", b, n, t, INPUT_RATE)
        for b, n, t in ((32, 100, 500), (32, 100, 2250), (128, 224, 300), (64, 1000, 200))
    ],
    "linear-lif": [
        Case("linear-lif", 16, n, 500, p) for n in (128, 512, 1024) for p in (0.01, 0.05, 0.2, 0.5)
    ],
    "eprop": [
        Case("eprop", b, n, t, EPROP_RATE) for b, n, t in ((1, 100, 1000), (32, 100, 1000), (64, 400, 128))
    ],
    "deep-r": [
        Case("deep-r", b, n, t, p) for b, n, t in ((16, 1000, 50), (8, 4000, 20)) for p in (0.01, 0.05, 0.1, 0.2)
    ],
}


def peers_of(workload: str) -> tuple[str, ...]:
    return {"eprop": EPROP_PEERS, "deep-r": DEEPR_PEERS}.get(workload, PEERS)


def parse_case(workload: str, text: str) -> Case:
    """Read 'B32 N100 T500' or '32x100x500'; Linear + LIF adds ' p5' (per cent of input spikes), deep-r ' 5 %' (of connections)."""
    match = re.fullmatch(r"B?(\d+)[ x]N?(\d+)[ x]T?(\d+)(?:[ x]p?([\d.]+)(?: %)?)?", text.strip())
    if match is None:
        raise ValueError(f"case: expected 'B32 N100 T500' (linear-lif: 'B16 N512 T500 p5'), got '{text}'")
    batch, neurons, steps = (int(match.group(k)) for k in (1, 2, 3))
    percent = match.group(4)
    if workload in ("linear-lif", "deep-r") and percent is None:
        raise ValueError(f"case: {workload} needs a rate in per cent, as in '{text} p5'")
    rate = EPROP_RATE if workload == "eprop" else INPUT_RATE
    return Case(workload, batch, neurons, steps, float(percent) / 100 if percent else rate)


def draw(case: Case):
    """Input spikes [time, batch, input], targets [batch], and N(0, 1) weights, from one seed for all peers."""
    import numpy as np

    rng = np.random.default_rng(SEED)
    shape = (case.steps, case.batch, case.inputs)
    spikes = np.empty(shape, dtype=np.float32)
    # Step by step, so that the draw itself does not set the peak of memory.
    for t in range(case.steps):
        spikes[t] = rng.random(shape[1:], dtype=np.float32) < case.input_rate
    weights = {
        "in": rng.standard_normal((case.neurons, case.inputs), dtype=np.float32),
        "rec": rng.standard_normal((case.neurons, case.neurons), dtype=np.float32),
        "out": rng.standard_normal((CLASSES, case.neurons), dtype=np.float32) / case.neurons**0.5,
    }
    np.fill_diagonal(weights["rec"], 0.0)
    if case.workload == "eprop":
        weights["out"] = weights["out"][:EPROP_OUTPUTS]
        weights["feedback"] = rng.standard_normal((EPROP_OUTPUTS, case.neurons), dtype=np.float32)
        return spikes, rng.standard_normal((case.steps, case.batch, EPROP_OUTPUTS), dtype=np.float32), weights
    return spikes, rng.integers(CLASSES, size=case.batch), weights


def scales(case: Case, gain: float) -> tuple[float, float]:
    """Factors of the input and recurrent N(0, 1) weights; at equal gain the drive does not depend on the size."""
    if case.workload == "lsnn":
        return gain / case.inputs**0.5, gain / case.neurons**0.5
    return gain / (case.inputs * case.rate) ** 0.5, 0.0


def single_thread() -> dict[str, str]:
    """Environment of a measured process: one thread in every library, caches inside the environment."""
    one = {k: "1" for k in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "TORCHINDUCTOR_COMPILE_THREADS")}
    return os.environ | one | {
        "JAX_PLATFORMS": "cpu",
        "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false",
        "TORCHINDUCTOR_CACHE_DIR": str(CACHE / "inductor"),
        "MPLCONFIGDIR": str(CACHE / "matplotlib"),
        "PYTHONWARNINGS": "ignore",
    }
