"""Large networks in Brian2, C++ standalone: CPU seconds per simulated second, after 100 ms of warm-up.

    python peer_brian2_simulate.py --case "COBA 4000" --json
    python peer_brian2_simulate.py --case "Brunel 12500" --float32 --seconds 0.5 --json

The C++ program reads its own CPU clock before and after the measured run: making synapses and compiling do not count.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from simulate_cases import (
    BRUNEL, COBA, CUBA, MICROCIRCUIT, STDP, arguments, brunel_rate, compensation, microcircuit_synapses, microcircuit_weight,
    parse_case, print_row,
)  # fmt: skip

WARM_UP = 0.1


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


# Spikes arrive before thresholds are asked for, as they do in the package and in NEST; they enter the queues a step later then.
SCHEDULE = ["start", "groups", "synapses", "thresholds", "resets", "end"]


def brunel_indices(size: int, seed: int):
    """Pre and post indices, in the order of (pre, post), of the excitatory, then of the inhibitory synapses, with the same in-degrees for all."""
    import numpy as np

    rng = np.random.default_rng(seed)
    excitatory = int(0.8 * size)
    for start, count in ((0, excitatory), (excitatory, size - excitatory)):
        degree = int(BRUNEL["probability"] * count)
        pre = np.concatenate([rng.choice(count, degree, replace=False) + start for _ in range(size)])
        post = np.repeat(np.arange(size), degree)
        order = np.argsort(pre, kind="stable")
        yield pre[order], post[order]


def brunel_neurons(size: int, equations: str = "", reset: str = ""):
    """Neurons of Brunel's network, refractory for tRef/dt whole steps after that of the spike, which Brian2 counts too."""
    import brian2 as b

    p = BRUNEL
    space = {
        "tauM": p["tauM"] * b.ms, "jump": p["jump"] * b.mV, "g": p["g"], "wMax": STDP["wMax"] * b.mV,
        "tauPlus": STDP["tauPlus"] * b.ms, "tauMinus": STDP["tauMinus"] * b.ms,
        "aPlus": STDP["aPlus"], "aMinus": STDP["aMinus"],
    }  # fmt: skip
    return b.NeuronGroup(
        size, "dv/dt = -v/tauM : volt (unless refractory)" + equations, threshold=f"v > {p['vTh']}*mV",
        reset=f"v = {p['vReset']}*mV" + reset, refractory=(p["tRef"] + 0.1) * b.ms, method="exact", namespace=space,
    )  # fmt: skip


def brunel_drive(neurons):
    import brian2 as b

    inputs = int(BRUNEL["probability"] * 0.8 * len(neurons))
    return b.PoissonInput(neurons, "v", inputs, brunel_rate(inputs) / inputs * b.Hz, weight=BRUNEL["jump"] * b.mV)


def brunel(size: int, seed: int):
    """Brunel's random network of sparsely connected neurons with delta synapses; to be run with SCHEDULE."""
    import brian2 as b

    neurons = brunel_neurons(size)
    space, delay = neurons.namespace, (BRUNEL["delay"] - 0.1) * b.ms
    exc = b.Synapses(neurons, neurons, on_pre="v += jump", delay=delay, namespace=space)
    inh = b.Synapses(neurons, neurons, on_pre="v += -g*jump", delay=delay, namespace=space)
    for synapses, (pre, post) in zip((exc, inh), brunel_indices(size, seed)):
        synapses.connect(i=pre, j=post)
    return [neurons, exc, inh, brunel_drive(neurons)], neurons


def brunel_stdp(size: int, seed: int, per_synapse: bool):
    """`brunel` with pair STDP between excitatory neurons; to be run with SCHEDULE. The delay lies before the synapse.

    per_synapse: keep both traces in every synapse, computed at its events, in place of one per neuron.
    """
    import brian2 as b

    if per_synapse:
        neurons = brunel_neurons(size)
        model = "w : volt\ndx/dt = -x/tauPlus : 1 (event-driven)\ndy/dt = -y/tauMinus : 1 (event-driven)"
        on_pre = "w = clip(w - aMinus*w*y, 0*volt, wMax); v_post += w; x += 1"
        on_post = "w = clip(w + aPlus*(wMax - w)*x, 0*volt, wMax); y += 1"
    else:
        neurons = brunel_neurons(size, "\ndx/dt = -x/tauPlus : 1\ndy/dt = -y/tauMinus : 1", "; y += 1")
        model = "w : volt"
        on_pre = "w = clip(w - aMinus*w*y_post, 0*volt, wMax); v_post += w"
        on_post = "w = clip(w + aPlus*(wMax - w)*x_pre, 0*volt, wMax)"
    space, delay = neurons.namespace, (BRUNEL["delay"] - 0.1) * b.ms
    excitatory = int(0.8 * size)
    exc, inh = neurons[:excitatory], neurons[excitatory:]
    (pre, post), inhibitory = brunel_indices(size, seed)
    within = post < excitatory
    plastic = b.Synapses(exc, exc, model, on_pre=on_pre, on_post=on_post, delay={"pre": delay}, namespace=space)
    plastic.connect(i=pre[within], j=post[within])
    plastic.w = BRUNEL["jump"] * b.mV
    # After the thresholds, in the step of the spike itself.
    plastic.post.when = "end"
    static = b.Synapses(exc, inh, on_pre="v += jump", delay=delay, namespace=space)
    static.connect(i=pre[~within], j=post[~within] - excitatory)
    inhibition = b.Synapses(inh, neurons, on_pre="v += -g*jump", delay=delay, namespace=space)
    inhibition.connect(i=inhibitory[0] - excitatory, j=inhibitory[1])
    objects = [neurons, plastic, static, inhibition, brunel_drive(neurons)]
    if not per_synapse:
        # The presynaptic trace is that of spikes as they arrive.
        arrivals = b.Synapses(exc, exc, on_pre="x_post += 1", delay=delay)
        arrivals.connect(j="i")
        objects.append(arrivals)
    return objects, neurons


def microcircuit(percent: int):
    """The cortical microcircuit. Delays beyond their bounds are cut off, not drawn again."""
    import brian2 as b

    p = MICROCIRCUIT
    scale = percent / 100
    up = scale**-0.5
    sizes = [round(full * scale) for full in p["sizes"]]
    starts = [sum(sizes[:k]) for k in range(len(sizes) + 1)]
    space = {"tauM": 10 * b.ms, "tauSyn": p["tauSyn"] * b.ms, "cM": 250 * b.pF, "eL": -65 * b.mV}
    neurons = b.NeuronGroup(
        starts[-1],
        """
        dv/dt = (eL - v)/tauM + (current + constant)/cM : volt (unless refractory)
        dcurrent/dt = -current/tauSyn : amp
        constant : amp (constant)
        axon : second (constant)"""
        + "".join(f"\nout{k} : 1 (constant)\nw{k} : amp (constant)" for k in range(len(sizes))),
        threshold="v > -50*mV", reset="v = eL", refractory=2.1 * b.ms, method="exact", namespace=space,
    )  # fmt: skip
    neurons.v = "-58*mV + 10*mV*randn()"
    targets = range(len(sizes))
    objects = [neurons]
    for i in targets:
        target = neurons[starts[i] : starts[i + 1]]
        target.constant = compensation(i, scale) * b.pA
        target.axon = 0.8 * b.ms if i % 2 else 1.5 * b.ms
        sources = round(p["external"][i] * scale)
        objects.append(b.PoissonInput(target, "current", sources, p["externalRate"] * b.Hz, p["weight"] * up * b.pA))
        # All sources of a population at once: a program per pair would compile for many minutes.
        for j in targets:
            count = microcircuit_synapses(i, j)
            source = neurons[starts[j] : starts[j + 1]]
            setattr(source, f"out{i}", count * scale / p["sizes"][j])
            setattr(source, f"w{i}", microcircuit_weight(i, j) * up * b.pA)
        synapses = b.Synapses(neurons, target, "w : amp (constant)", on_pre="current_post += w")
        # Drawn with replacement: a pair that is connected twice makes its spikes count twice, which raises rates by some per cent.
        synapses.connect(j=f"int(rand()*N_post) for _ in range(poisson(out{i}_pre))")
        synapses.w = f"w{i}_pre*(1 + 0.1*randn())"
        # What arrives at the end of a step counts in the next one.
        synapses.delay = "clip(axon_pre*(1 + 0.5*randn()), 0.1*ms, 3*axon_pre) - 0.1*ms"
        objects.append(synapses)
    return objects, neurons


def main() -> None:
    options = arguments(__doc__)
    options.add_argument("--float32", action="store_true", help="single precision in place of Brian2's default")
    options.add_argument("--per-synapse", action="store_true", help="traces in every synapse in place of one per neuron")
    args = options.parse_args()
    kind, size = parse_case(args.case)
    import numpy as np

    import brian2 as b

    b.set_device("cpp_standalone", build_on_run=False)
    if args.float32:
        b.prefs.core.default_float_dtype = np.float32
    # Its default starts all compilers at once.
    b.prefs.devices.cpp_standalone.extra_make_args_unix = ["-j2"]
    b.prefs.devices.cpp_standalone.openmp_threads = args.threads if args.threads > 1 else 0
    b.defaultclock.dt = 0.1 * b.ms
    b.seed(args.seed)
    if kind == "Microcircuit":
        objects, neurons = microcircuit(size)
    elif kind == "BrunelSTDP":
        objects, neurons = brunel_stdp(size, args.seed, args.per_synapse)
    else:
        objects, neurons = brunel(size, args.seed) if kind == "Brunel" else balanced(kind, size)
    monitor = b.SpikeMonitor(neurons)
    network = b.Network(*objects, monitor)
    if kind.startswith("Brunel"):
        network.schedule = SCHEDULE
    # The code around a run is written for both runs: the last time in the file is the measured one.
    b.device.insert_code("before_start", "clock_t cpu_begin; struct timespec wall_begin, wall_end;")
    b.device.insert_code("before_network_run", "clock_gettime(CLOCK_MONOTONIC, &wall_begin); cpu_begin = clock();")
    b.device.insert_code(
        "after_network_run",
        'clock_gettime(CLOCK_MONOTONIC, &wall_end); std::ofstream("cpu.txt") << double(clock() - cpu_begin) / CLOCKS_PER_SEC '
        '<< " " << wall_end.tv_sec - wall_begin.tv_sec + 1e-9 * (wall_end.tv_nsec - wall_begin.tv_nsec);',
    )
    network.run(WARM_UP * b.second)
    network.run(args.seconds * b.second)
    with tempfile.TemporaryDirectory() as folder:
        b.device.build(directory=folder, compile=True, run=False, debug=False)
        best = None
        for _ in range(args.repeat):
            b.device.run(folder, with_output=False, run_args=[])
            written = [path for path in Path(folder).rglob("cpu.txt")]
            cpu, wall = (float(x) for x in written[0].read_text().split())
            best = (cpu, wall) if best is None else min(best, (cpu, wall))
        spikes = np.count_nonzero(np.asarray(monitor.t) >= WARM_UP)
        synapses = sum(len(o) for o in objects if isinstance(o, b.Synapses))
        name = "brian2-float32" if args.float32 else "brian2"
        print_row(name, b.__version__, args, best, rate=spikes / len(neurons) / args.seconds, synapses=synapses)


if __name__ == "__main__":
    main()
