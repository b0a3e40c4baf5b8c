// A balanced network of 4,000 neurons whose excitatory synapses learn by STDP: 300 ms, then what became of the weights.
import { cobaExp, EventSimulation, fixedProbability, uniform } from 'volley';
import { stdp } from 'volley/synapses';

const neurons = { model: cobaExp(), start: { v: uniform(-60, -50), gE: uniform(0, 12), gI: uniform(0, 200) } };
const topology = fixedProbability(0.02);
const simulation = new EventSimulation(
  {
    populations: { exc: { size: 3200, ...neurons }, inh: { size: 800, ...neurons } },
    projections: {
      ee: {
        from: 'exc',
        to: 'exc',
        input: 'exc',
        topology,
        weights: 6,
        synapse: stdp({ wMax: 12, aPlus: 0.01, aMinus: 0.0105 }),
      },
      ei: { from: 'exc', to: 'inh', input: 'exc', topology, weights: 6 },
      ie: { from: 'inh', to: 'exc', input: 'inh', topology, weights: 67 },
      ii: { from: 'inh', to: 'inh', input: 'inh', topology, weights: 67 },
    },
    poisson: { noise: { to: 'exc', input: 'exc', rate: 300, weights: 6 } },
  },
  { seed: 1, dt: 0.1 },
);
const { counts, synapticEvents } = simulation.run(3000);
const { w } = simulation.plasticSynapses('ee').variables;
const mean = w!.reduce((sum, weight) => sum + weight, 0) / w!.length;
console.log(`${(counts.exc / 3200 / 0.3).toFixed(1)} Hz, ${synapticEvents} synaptic events`);
console.log(`${w!.length} plastic synapses: mean weight ${mean.toFixed(3)} nS, from 6`);
