// Record spikes and states: the threshold of an adaptive neuron rises, so its intervals lengthen.
import { alif, defineNetwork, FloatSequence, Simulation } from 'volley';

const network = defineNetwork({
  inputs: { current: { size: 1, kind: 'floats' } },
  populations: { cell: { size: 1, model: alif({ tauA: 300, beta: 1 }) } },
  projections: { drive: { from: 'current', to: 'cell', weights: 1 } },
});

const steps = 400;
const simulation = new Simulation(network, { seed: 1, record: { states: { cell: ['v', 'a'] } } });
const { spikes, states } = simulation.run({
  current: new FloatSequence(steps, 1, 1, new Float32Array(steps).fill(0.1)),
});

const times = [...spikes.cell!.events().time];
const intervals = times.slice(1).map((time, k) => time - times[k]!);
console.log(`intervals in ms: ${intervals.join(' ')}`);
console.log(`adaptation at the end: ${states.cell!.a!.data.at(-1)!.toFixed(4)}`);
