"""Measure one peer on one case in this fresh process; prints one JSON line."""

from __future__ import annotations

import argparse
import gc
import importlib
import json
from importlib.metadata import version

import meter
from common import DEEPR_PEERS, EPROP_PEERS, HERE, PACKAGES, PEERS, WORKLOADS, draw, parse_case


def load(workload: str, peer: str):
    """The module of a peer; importing it imports the framework."""
    family = peer.split("-")[0]
    names = {"eprop": f"peer_eprop_{family}", "deep-r": f"peer_{family}_deepr"}
    return importlib.import_module(names.get(workload, f"peer_{family}"))


def gain_of(peer: str, case) -> float:
    if case.workload == "deep-r":
        return 1.0  # its weights have the scale of ours
    table = json.loads((HERE / "gains.json").read_text())
    family = peer.split("-")[0]
    try:
        return table[case.workload][family][case.gain_key]
    except KeyError:
        raise SystemExit(f"measure: gains.json has no gain for {family}, {case.gain_key}; run tune.py") from None


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("workload", choices=sorted(WORKLOADS))
    options.add_argument("--peer", choices=sorted({*PEERS, *EPROP_PEERS, *DEEPR_PEERS}), required=True)
    options.add_argument("--case", required=True)
    options.add_argument("--repeat", type=int, default=3)
    args = options.parse_args()
    case = parse_case(args.workload, args.case)

    module = load(args.workload, args.peer)
    gc.collect()
    baseline = meter.resident_mb()
    job = module.build(args.peer, case, gain_of(args.peer, case), draw(case))
    job.train_step()
    gc.collect()
    meter.forget_peak()
    cpu, wall = meter.best_of(args.repeat, job.train_step)
    peak = meter.peak_mb()
    row = {
        "peer": args.peer,
        "version": version(PACKAGES[args.peer]),
        "case": case.name,
        "cpuSeconds": round(cpu, 5),
        "wallSeconds": round(wall, 5),
        "peakMB": round(peak, 1),
        "baselineMB": round(baseline, 1),
        "netMB": round(peak - baseline, 1),
        "spikeRate": round(job.spike_rate(), 5),
        "repeat": args.repeat,
    }
    print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
