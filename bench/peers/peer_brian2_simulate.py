"""Large networks in Brian2, C++ standalone: CPU seconds per simulated second, after 100 ms of warm-up.

    python peer_brian2_simulate.py --case "COBA 4000" --json
    python peer_brian2_simulate.py --case "Brunel 12500" --float32 --seconds 0.5 --json

The C++ program reads its own CPU clock before and after the measured run: making synapses and compiling do not count.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from simulate_cases import BRUNEL, COBA, CUBA, STDP, arguments, brunel_rate, parse_case, print_row


def balanced(kind: str, size: int):
    """The conductance-based and the current-based network of Vogels and Abbott, as in the review of Brette et al. (2007)."""
    import brian2 as b

    excitatory = int(0.8 * size)
    if kind == "COBA":
        p = COBA
        units = {"unit": b.nS, "we": p["we"] * b.nS, "wi": p["wi"] * b.nS}
        model = """
        dv/dt = (gL*(eL - v) + ge*(eE - v) + gi*(eI - v))/cM : volt (unless refractory)
        dge/dt = -ge/tauE : siemens
        dgi/dt = -gi/tauI : siemens"""
        method = "exponential_euler"
    else:
        p = CUBA
        units = {"unit": b.pA, "we": p["we"] * b.pA, "wi": p["wi"] * b.pA}
        model = """
        dv/dt = (eL - v)/(cM/gL) + (ge + gi)/cM : volt (unless refractory)
        dge/dt = -ge/tauE : amp
        dgi/dt = -gi/tauI : amp"""
        method = "exact"
    space = {
        "gL": p["gL"] * b.nS, "cM": p["cM"] * b.pF, "eL": p["eL"] * b.mV, "vTh": p["vTh"] * b.mV,
        "vReset": p["vReset"] * b.mV, "eE": p.get("eE", 0) * b.mV, "eI": p.get("eI", 0) * b.mV,
        "tauE": p["tauE"] * b.ms, "tauI": p["tauI"] * b.ms, "we": units["we"], "wi": units["wi"],
    }  # fmt: skip
    neurons = b.NeuronGroup(
        size, model, threshold="v > vTh", reset="v = vReset", refractory=(p["tRef"] + 0.1) * b.ms, method=method,
        namespace=space,
    )  # fmt: skip
    neurons.v = "-60*mV + 10*mV*rand()"
    if kind == "COBA":
        neurons.ge = "(randn() * 1.5 + 4) * 10*nS"
        neurons.gi = "(randn() * 12 + 20) * 10*nS"
    probability = p["inputs"] / size
    exc = b.Synapses(neurons, neurons, on_pre="ge += we", namespace=space)
    exc.connect("i < ne and i != j", p=probability, namespace={"ne": excitatory})
    inh = b.Synapses(neurons, neurons, on_pre="gi += wi", namespace=space)
    inh.connect("i >= ne and i != j", p=probability, namespace={"ne": excitatory})
    return [neurons, exc, inh], neurons


def brunel(size: int, indices=None):
    """Brunel's random network of sparsely connected neurons with delta synapses.

    indices: pre and post indices of the excitatory, then of the inhibitory synapses; drawn with a probability if left out.
    """
    import brian2 as b

    p = BRUNEL
    excitatory = int(0.8 * size)
    inputs = int(p["probability"] * excitatory)
    # What arrives at the end of a step counts in the next one, and is lost from the step of a spike on.
    delay = (p["delay"] - 0.1) * b.ms
    space = {"tauM": p["tauM"] * b.ms, "jump": p["jump"] * b.mV, "g": p["g"]}
    neurons = b.NeuronGroup(
        size, "dv/dt = -v/tauM : volt (unless refractory)", threshold=f"v > {p['vTh']}*mV", reset=f"v = {p['vReset']}*mV",
        refractory=p["tRef"] * b.ms, method="exact", namespace=space,
    )  # fmt: skip
    exc = b.Synapses(neurons, neurons, on_pre="v += jump", delay=delay, namespace=space)
    inh = b.Synapses(neurons, neurons, on_pre="v += -g*jump", delay=delay, namespace=space)
    if indices is None:
        exc.connect("i < ne", p=p["probability"], namespace={"ne": excitatory})
        inh.connect("i >= ne", p=p["probability"], namespace={"ne": excitatory})
    else:
        for synapses, (pre, post) in zip((exc, inh), indices):
            synapses.connect(i=pre, j=post)
    drive = b.PoissonInput(neurons, "v", inputs, brunel_rate(inputs) / inputs * b.Hz, weight=p["jump"] * b.mV)
    return [neurons, exc, inh, drive], neurons


def brunel_stdp(size: int, per_synapse: bool):
    """`brunel` with pair STDP between excitatory neurons.

    per_synapse: keep both traces in every synapse, computed at its events, in place of one per neuron.
    """
    import brian2 as b

    p = BRUNEL
    excitatory = int(0.8 * size)
    inputs = int(p["probability"] * excitatory)
    delay = (p["delay"] - 0.1) * b.ms
    space = {
        "tauM": p["tauM"] * b.ms, "jump": p["jump"] * b.mV, "g": p["g"], "wMax": STDP["wMax"] * b.mV,
        "tauPlus": STDP["tauPlus"] * b.ms, "tauMinus": STDP["tauMinus"] * b.ms,
        "aPlus": STDP["aPlus"], "aMinus": STDP["aMinus"],
    }  # fmt: skip
    traces = "" if per_synapse else "\ndy/dt = -y/tauMinus : 1"
    neurons = b.NeuronGroup(
        size, "dv/dt = -v/tauM : volt (unless refractory)" + traces, threshold=f"v > {p['vTh']}*mV",
        reset=f"v = {p['vReset']}*mV" + ("" if per_synapse else "; y += 1"), refractory=p["tRef"] * b.ms, method="exact",
        namespace=space,
    )  # fmt: skip
    exc, inh = neurons[:excitatory], neurons[excitatory:]
    objects = [neurons]
    if per_synapse:
        model = "w : volt\ndx/dt = -x/tauPlus : 1 (event-driven)\ndy/dt = -y/tauMinus : 1 (event-driven)"
        on_pre = "w = clip(w - aMinus*w*y, 0*volt, wMax); v_post += w; x += 1"
        on_post = "w = clip(w + aPlus*(wMax - w)*x, 0*volt, wMax); y += 1"
    else:
        # The ends of axons repeat spikes after the delay, so that their traces do so too; a threshold sees them a step later.
        ends = b.NeuronGroup(
            excitatory, "dx/dt = -x/tauPlus : 1\narrived : 1", threshold="arrived > 0", reset="arrived = 0; x += 1",
            method="exact", namespace=space,
        )  # fmt: skip
        arrivals = b.Synapses(exc, ends, on_pre="arrived_post = 1", delay=delay - 0.1 * b.ms)
        arrivals.connect(j="i")
        objects += [ends, arrivals]
        model = "w : volt"
        on_pre = "w = clip(w - aMinus*w*y_post, 0*volt, wMax); v_post += w"
        on_post = "w = clip(w + aPlus*(wMax - w)*x_pre, 0*volt, wMax)"
    source, late = (exc, delay) if per_synapse else (ends, 0 * b.ms)
    plastic = b.Synapses(source, exc, model, on_pre=on_pre, on_post=on_post, delay={"pre": late}, namespace=space)
    plastic.connect(p=p["probability"])
    plastic.w = p["jump"] * b.mV
    static = b.Synapses(exc, inh, on_pre="v += jump", delay=delay, namespace=space)
    static.connect(p=p["probability"])
    inhibition = b.Synapses(inh, neurons, on_pre="v += -g*jump", delay=delay, namespace=space)
    inhibition.connect(p=p["probability"])
    drive = b.PoissonInput(neurons, "v", inputs, brunel_rate(inputs) / inputs * b.Hz, weight=p["jump"] * b.mV)
    return [*objects, plastic, static, inhibition, drive], neurons


def main() -> None:
    options = arguments(__doc__)
    options.add_argument("--float32", action="store_true", help="single precision in place of Brian2's default")
    options.add_argument("--per-synapse", action="store_true", help="traces in every synapse in place of one per neuron")
    args = options.parse_args()
    kind, size = parse_case(args.case)
    if kind == "Microcircuit":
        raise SystemExit("peer_brian2_simulate: the microcircuit is compared with NEST only")
    import numpy as np

    import brian2 as b

    b.set_device("cpp_standalone", build_on_run=False)
    if args.float32:
        b.prefs.core.default_float_dtype = np.float32
    b.prefs.devices.cpp_standalone.openmp_threads = args.threads if args.threads > 1 else 0
    b.defaultclock.dt = 0.1 * b.ms
    b.seed(args.seed)
    if kind == "BrunelSTDP":
        objects, neurons = brunel_stdp(size, args.per_synapse)
    else:
        objects, neurons = brunel(size) if kind == "Brunel" else balanced(kind, size)
    monitor = b.SpikeMonitor(neurons)
    network = b.Network(*objects, monitor)
    # The code around a run is written for both runs: the last time in the file is the measured one.
    b.device.insert_code("before_start", "clock_t cpu_begin; struct timespec wall_begin, wall_end;")
    b.device.insert_code("before_network_run", "clock_gettime(CLOCK_MONOTONIC, &wall_begin); cpu_begin = clock();")
    b.device.insert_code(
        "after_network_run",
        'clock_gettime(CLOCK_MONOTONIC, &wall_end); std::ofstream("cpu.txt") << double(clock() - cpu_begin) / CLOCKS_PER_SEC '
        '<< " " << wall_end.tv_sec - wall_begin.tv_sec + 1e-9 * (wall_end.tv_nsec - wall_begin.tv_nsec);',
    )
    network.run(0.1 * b.second)
    network.run(args.seconds * b.second)
    with tempfile.TemporaryDirectory() as folder:
        b.device.build(directory=folder, compile=True, run=False, debug=False)
        best = None
        for _ in range(args.repeat):
            b.device.run(folder, with_output=False, run_args=[])
            written = [path for path in Path(folder).rglob("cpu.txt")]
            cpu, wall = (float(x) for x in written[0].read_text().split())
            best = (cpu, wall) if best is None else min(best, (cpu, wall))
        spikes = monitor.num_spikes
        synapses = sum(len(o) for o in objects if isinstance(o, b.Synapses))
        name = "brian2-float32" if args.float32 else "brian2"
        print_row(name, b.__version__, args, best, rate=spikes / size / (args.seconds + 0.1), synapses=synapses)


if __name__ == "__main__":
    main()
