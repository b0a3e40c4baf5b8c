"""Driver of `volley bench … --peers`: one fresh process per peer and case, one JSON object at the end.

    .venv/bin/python run.py lsnn --json
    .venv/bin/python run.py lsnn --cases "B32 N100 T500,B128 N224 T300" --peers spyx,norse --repeat 5 --json
    .venv/bin/python run.py linear-lif --cases "B16 N512 T500 p5" --json
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from pathlib import Path

from common import CACHE, HERE, WORKLOADS, parse_case, peers_of, single_thread


def machine() -> str:
    cpu = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [line.split(":", 1)[1].strip() for line in info.read_text().splitlines() if line.startswith("model name")]
        cpu = names[0] if names else cpu
    return f"{cpu}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}"


def last_line(text: str) -> str:
    lines = [line for line in text.strip().splitlines() if line.strip()]
    return lines[-1].strip()[:300] if lines else "no output"


def measure(peer: str, case, repeat: int, timeout: float) -> dict:
    """Run measure.py in its own process; a peer that fails or is missing becomes a row with `error`."""
    command = [sys.executable, "-W", "ignore", str(HERE / "measure.py"), case.workload]
    command += ["--peer", peer, "--case", case.name, "--repeat", str(repeat)]
    try:
        done = subprocess.run(command, env=single_thread(), capture_output=True, text=True, timeout=timeout, cwd=HERE)
    except subprocess.TimeoutExpired:
        return {"peer": peer, "case": case.name, "error": f"longer than {timeout:g} s"}
    if done.returncode != 0:
        return {"peer": peer, "case": case.name, "error": last_line(done.stderr)}
    try:
        return json.loads(last_line(done.stdout))
    except json.JSONDecodeError:
        return {"peer": peer, "case": case.name, "error": f"not JSON: {last_line(done.stdout)}"}


def describe(row: dict) -> str:
    head = f"{row['peer']:20} {row['case']:20}"
    if "error" in row:
        return f"{head} failed: {row['error']}"
    return f"{head} {row['cpuSeconds']:9.4f} cpu s {row['netMB']:8.1f} MB net   rate {row['spikeRate']:.4f}"


def chosen(workload: str, text: str | None) -> list:
    return [parse_case(workload, part) for part in text.split(",")] if text else WORKLOADS[workload]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("workload", choices=sorted(WORKLOADS))
    options.add_argument("--cases", help="comma separated; all of the workload when left out")
    options.add_argument("--peers", help="comma separated (default: all of the workload)")
    options.add_argument("--repeat", type=int, default=3, help="measured repetitions after the warm-up (default 3)")
    options.add_argument("--timeout", type=float, default=900, help="seconds for one peer and case (default 900)")
    options.add_argument("--json", action="store_true", help="print one JSON object as the last line of stdout")
    args = options.parse_args()
    known = peers_of(args.workload)
    peers = args.peers.split(",") if args.peers else known
    for unknown in (p for p in peers if p not in known):
        options.error(f"unknown peer '{unknown}'; known: {', '.join(known)}")
    if args.repeat < 1:
        options.error(f"--repeat: expected at least 1, got {args.repeat}")
    try:
        cases = chosen(args.workload, args.cases)
    except ValueError as problem:
        options.error(str(problem))

    CACHE.mkdir(parents=True, exist_ok=True)
    rows = []
    # Case outermost: peers of one case are measured close together in time.
    for case in cases:
        for peer in peers:
            rows.append(measure(peer, case, args.repeat, args.timeout))
            print(describe(rows[-1]), file=sys.stderr, flush=True)
    if args.json:
        print(json.dumps({"bench": args.workload, "machine": machine(), "results": rows}))


if __name__ == "__main__":
    main()
