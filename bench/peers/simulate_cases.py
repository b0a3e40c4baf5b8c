"""Networks that every program of `volley bench simulate` runs: mV, ms, nS, pA, pF; dt 0.1 ms."""

from __future__ import annotations

import argparse
import json
import math
import re

# Vogels & Abbott (2005) with the sizes of Brette et al. (2007); 80 inputs per neuron whatever the size.
COMMON = {"gL": 10, "cM": 200, "vTh": -50, "vReset": -60, "tRef": 5, "tauE": 5, "tauI": 10, "inputs": 80}
COBA = COMMON | {"eL": -60, "eE": 0, "eI": -80, "we": 6, "wi": 67}
CUBA = COMMON | {"eL": -49, "we": 16.2, "wi": -90}

# Brunel (2000), asynchronous irregular: g = 5, external input twice what reaches the threshold.
BRUNEL = {
    "tauM": 20, "vTh": 20, "vReset": 10, "tRef": 2, "jump": 0.1, "g": 5, "eta": 2, "probability": 0.1, "delay": 1.5,
}  # fmt: skip


# Multiplicative pair STDP of the synapses between excitatory neurons, which start from `jump`.
STDP = {"tauPlus": 20, "tauMinus": 20, "aPlus": 0.005, "aMinus": 0.005, "wMax": 0.2}


def brunel_rate(inputs: int) -> float:
    """Hz, of all external sources of a neuron together."""
    p = BRUNEL
    return 1000 * p["eta"] * p["vTh"] / (p["jump"] * p["tauM"])


# Potjans & Diesmann (2014), tables 4 and 5; sources E and I of layers 2/3, 4, 5, 6, targets by row.
MICROCIRCUIT = {
    "sizes": [20683, 5834, 21915, 5479, 4850, 1065, 14395, 2948],
    "external": [1600, 1500, 2100, 1900, 2000, 1900, 2900, 2100],
    "rates": [0.903, 2.965, 4.414, 5.876, 7.569, 8.633, 1.105, 7.829],
    "weight": 87.81, "tauSyn": 0.5, "externalRate": 8.0,
    "probabilities": [
        [0.1009, 0.1689, 0.0437, 0.0818, 0.0323, 0, 0.0076, 0],
        [0.1346, 0.1371, 0.0316, 0.0515, 0.0755, 0, 0.0042, 0],
        [0.0077, 0.0059, 0.0497, 0.135, 0.0067, 0.0003, 0.0453, 0],
        [0.0691, 0.0029, 0.0794, 0.1597, 0.0033, 0, 0.1057, 0],
        [0.1004, 0.0622, 0.0505, 0.0057, 0.0831, 0.3726, 0.0204, 0],
        [0.0548, 0.0269, 0.0257, 0.0022, 0.06, 0.3158, 0.0086, 0],
        [0.0156, 0.0066, 0.0211, 0.0166, 0.0572, 0.0197, 0.0396, 0.2252],
        [0.0364, 0.001, 0.0034, 0.0005, 0.0277, 0.008, 0.0658, 0.1443],
    ],
}  # fmt: skip


def microcircuit_weight(target: int, source: int) -> float:
    """Mean weight at full scale, pA."""
    if source % 2 == 1:
        return -4 * MICROCIRCUIT["weight"]
    return (2 if (target, source) == (0, 2) else 1) * MICROCIRCUIT["weight"]


def microcircuit_synapses(target: int, source: int) -> float:
    """Synapses of a projection at full scale."""
    pairs = MICROCIRCUIT["sizes"][target] * MICROCIRCUIT["sizes"][source]
    return math.log(1 - MICROCIRCUIT["probabilities"][target][source]) / math.log(1 - 1 / pairs)


def compensation(target: int, scale: float) -> float:
    """What scaled-down inputs lack in mean current, pA."""
    p = MICROCIRCUIT
    lost = p["weight"] * p["external"][target] * p["externalRate"]
    for source, rate in enumerate(p["rates"]):
        lost += rate * microcircuit_weight(target, source) * microcircuit_synapses(target, source) / p["sizes"][target]
    return (1 - math.sqrt(scale)) * lost * p["tauSyn"] / 1000


def parse_case(text: str) -> tuple[str, int]:
    match = re.fullmatch(r"(COBA|CUBA|Brunel|BrunelSTDP|Microcircuit) (\d+)", text)
    if match is None:
        raise SystemExit(f"case: expected 'COBA 4000', 'CUBA 4000', 'Brunel 12500', 'BrunelSTDP 10000' or 'Microcircuit 10', got '{text}'")
    return match.group(1), int(match.group(2))


def arguments(doc: str) -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--case", required=True)
    options.add_argument("--seconds", type=float, default=1, help="simulated time (default 1)")
    options.add_argument("--repeat", type=int, default=2)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--threads", type=int, default=1)
    options.add_argument("--json", action="store_true", help="accepted for symmetry: the row is always JSON")
    return options


def print_row(peer: str, version: str, args, best: tuple[float, float], **extra) -> None:
    cpu, wall = (value / args.seconds for value in best)
    row = {"peer": peer, "version": version, "case": args.case, "cpuSeconds": cpu, "wallSeconds": wall}
    print(json.dumps(row | {key: round(value, 3) for key, value in extra.items()}), flush=True)
