// A neuron of your own: resonate-and-fire, simulated under a constant current.
import { defineNetwork, defineNeuron, FloatSequence, Simulation, triangular } from 'volley';

const resonator = defineNeuron({
  name: 'resonator',
  params: {
    tau: { symbol: 'τ', unit: 'ms', default: 40, doc: 'decay of the oscillation' },
    period: { symbol: 'T', unit: 'ms', default: 30, doc: 'period of the oscillation' },
    vTh: { symbol: 'v_th', unit: '1', default: 1, doc: 'threshold' },
  },
  derived: { decay: 'exp(-dt / tau)', turn: '6.2832 * dt / period' },
  state: { x: 'current-like variable', y: 'voltage-like variable' },
  inputs: { I: 'input current' },
  equations: `
    x' = decay * (x - turn * y) + I
    y' = decay * (y + turn * x') - z * vTh
    z' = spike(y' - vTh)`,
  pseudoDerivative: triangular(),
});

const network = defineNetwork({
  inputs: { current: { size: 1, kind: 'floats' } },
  populations: { cells: { size: 3, model: resonator({ period: [20, 30, 40] }) } },
  projections: { drive: { from: 'current', to: 'cells', weights: 0.2 } },
});

const steps = 200;
const simulation = new Simulation(network, { seed: 1, record: { states: { cells: ['y'] } } });
const { spikes } = simulation.run({ current: new FloatSequence(steps, 1, 1, new Float32Array(steps).fill(1)) });
console.log(`spikes of the three resonators: ${[...spikes.cells!.countByNeuron()].join(', ')}`);
