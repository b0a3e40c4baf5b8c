"""Large networks in NEST: CPU seconds per simulated second, after 100 ms of warm-up.

    python peer_nest_simulate.py --case "COBA 4000" --json
"""

from __future__ import annotations

import math
import time

from simulate_cases import (
    BRUNEL, COBA, CUBA, MICROCIRCUIT, STDP, arguments, brunel_rate, compensation, microcircuit_synapses, microcircuit_weight,
    parse_case, print_row,
)  # fmt: skip


def balanced(nest, kind: str, size: int):
    import numpy as np

    p = COBA if kind == "COBA" else CUBA
    excitatory = int(0.8 * size)
    common = {
        "C_m": p["cM"], "E_L": p["eL"], "V_th": p["vTh"], "V_reset": p["vReset"], "t_ref": p["tRef"],
        "tau_syn_ex": p["tauE"], "tau_syn_in": p["tauI"],
    }  # fmt: skip
    if kind == "COBA":
        values = common | {"g_L": p["gL"], "E_ex": p["eE"], "E_in": p["eI"]}
        neurons = nest.Create("iaf_cond_exp", size, values)
        rng = np.random.default_rng(1)
        neurons.set({"g_ex": rng.normal(40, 15, size), "g_in": rng.normal(200, 120, size)})
        inhibitory = -p["wi"]
    else:
        neurons = nest.Create("iaf_psc_exp", size, common | {"tau_m": p["cM"] / p["gL"]})
        inhibitory = p["wi"]
    neurons.V_m = nest.random.uniform(min=-60.0, max=-50.0)
    rule = {"rule": "pairwise_bernoulli", "p": p["inputs"] / size, "allow_autapses": False}
    nest.Connect(neurons[:excitatory], neurons, rule, {"weight": p["we"], "delay": 0.1})
    nest.Connect(neurons[excitatory:], neurons, rule, {"weight": inhibitory, "delay": 0.1})
    return neurons


def brunel(nest, size: int, plastic: bool = False, axonal: bool = False):
    """Brunel's network, and with pair STDP between excitatory neurons.

    NEST counts the delay of a plastic synapse as dendritic: its weight sees presynaptic spikes at once and postsynaptic ones after the
    delay, and what it has learned until a spike leaves is what arrives. axonal: neurons that repeat spikes take the delay but for the
    step that has to stay dendritic.
    """
    p = BRUNEL
    excitatory = int(0.8 * size)
    inputs = int(p["probability"] * excitatory)
    values = {"C_m": 250.0, "tau_m": p["tauM"], "E_L": 0.0, "V_m": 0.0, "V_th": p["vTh"], "V_reset": p["vReset"], "t_ref": p["tRef"]}
    neurons = nest.Create("iaf_psc_delta", size, values)
    drive = nest.Create("poisson_generator", params={"rate": brunel_rate(inputs)})
    synapse = {"weight": p["jump"], "delay": p["delay"]}
    nest.Connect(drive, neurons, syn_spec=synapse)
    for source, weight in ((neurons[:excitatory], p["jump"]), (neurons[excitatory:], -p["g"] * p["jump"])):
        rule = {"rule": "fixed_indegree", "indegree": int(p["probability"] * len(source)), "allow_multapses": False}
        synapse = {"weight": weight, "delay": p["delay"]}
        if plastic and weight > 0:
            nest.CopyModel("stdp_synapse_hom", "plastic", {
                "tau_plus": STDP["tauPlus"], "lambda": STDP["aPlus"], "alpha": STDP["aMinus"] / STDP["aPlus"],
                "mu_plus": 1.0, "mu_minus": 1.0, "Wmax": STDP["wMax"],
            })  # fmt: skip
            source.tau_minus = STDP["tauMinus"]
            synapse_delay = {"delay": 0.1} if axonal else {}
            ends = nest.Create("parrot_neuron", len(source)) if axonal else source
            if axonal:
                nest.Connect(source, ends, "one_to_one", {"delay": p["delay"] - 0.1})
            nest.Connect(ends, source, rule, synapse | synapse_delay | {"synapse_model": "plastic"})
            nest.Connect(source, neurons[excitatory:], rule, synapse)
        else:
            nest.Connect(source, neurons, rule, synapse)
    return neurons


def microcircuit(nest, percent: int):
    """All populations as one node collection; in-degrees are scaled as sizes are, weights by the inverse root."""
    p = MICROCIRCUIT
    scale = percent / 100
    up = 1 / math.sqrt(scale)

    populations = []
    for k, full in enumerate(p["sizes"]):
        values = {
            "C_m": 250.0, "tau_m": 10.0, "E_L": -65.0, "V_th": -50.0, "V_reset": -65.0, "t_ref": 2.0,
            "tau_syn_ex": p["tauSyn"], "tau_syn_in": p["tauSyn"], "I_e": compensation(k, scale),
        }  # fmt: skip
        populations.append(nest.Create("iaf_psc_exp", round(full * scale), values))
        populations[k].V_m = nest.random.normal(-58.0, 10.0)
        drive = nest.Create("poisson_generator", params={"rate": p["external"][k] * scale * p["externalRate"]})
        nest.Connect(drive, populations[k], syn_spec={"weight": p["weight"] * up, "delay": 1.5})
    # The form with indices in place of pointers takes half the memory, and has at most 65,534 nodes per thread.
    small = sum(map(len, populations)) < 65_000
    for i, target in enumerate(populations):
        # A thread holds at most 2^27 synapses of a model.
        nest.CopyModel("static_synapse_hpc" if small else "static_synapse", f"to_{i}")
        for j, source in enumerate(populations):
            count, weight = round(microcircuit_synapses(i, j) * scale**2), microcircuit_weight(i, j) * up
            delay = (1.5, 0.75) if weight > 0 else (0.8, 0.4)
            synapse = {
                "synapse_model": f"to_{i}",
                "weight": nest.random.normal(weight, abs(0.1 * weight)),
                "delay": nest.math.redraw(nest.random.normal(*delay), min=0.1, max=delay[0] + 4 * delay[1]),
            }
            if count > 0:
                nest.Connect(source, target, {"rule": "fixed_total_number", "N": count}, synapse)
    return sum(populations[1:], populations[0])


def main() -> None:
    options = arguments(__doc__)
    options.add_argument("--axonal", action="store_true", help="the delay of plastic synapses before them, but for one step")
    args = options.parse_args()
    kind, size = parse_case(args.case)
    import nest

    nest.verbosity = nest.VerbosityLevel.ERROR
    nest.ResetKernel()
    nest.set(resolution=0.1, local_num_threads=args.threads, rng_seed=args.seed)
    if kind == "Microcircuit":
        neurons = microcircuit(nest, size)
    else:
        plastic = kind == "BrunelSTDP"
        neurons = brunel(nest, size, plastic, args.axonal) if kind.startswith("Brunel") else balanced(nest, kind, size)
    recorder = nest.Create("spike_recorder")
    nest.Connect(neurons, recorder)
    nest.Prepare()
    nest.Run(100.0)
    best, before, after = None, recorder.n_events, None
    for _ in range(args.repeat):
        cpu, wall = time.process_time(), time.perf_counter()
        nest.Run(1000 * args.seconds)
        spent = (time.process_time() - cpu, time.perf_counter() - wall)
        best = spent if best is None else min(best, spent)
        after = recorder.n_events if after is None else after
    nest.Cleanup()
    count = len(neurons)
    # of the first run, as plastic networks change
    rate = (after - before) / count / args.seconds
    # without those to the recorder and from generators
    synapses = nest.num_connections - (1 if kind in ("COBA", "CUBA") else 2) * count
    print_row("nest", nest.__version__, args, best, rate=rate, synapses=synapses)


if __name__ == "__main__":
    main()
