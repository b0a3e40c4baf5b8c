// Train neuron parameters beside the weights: time constants of adaptation move with the gradient.
import {
  adam,
  alif,
  defineNetwork,
  fanInNormal,
  firingRate,
  leakyReadout,
  RandomStream,
  softmaxCrossEntropy,
  storeRecall,
  Trainer,
} from 'volley';

const task = storeRecall({ length: 6, symbolDuration: 50 });
const network = defineNetwork({
  inputs: { input: { size: task.inputSize } },
  populations: {
    hidden: { size: 20, model: alif({ tauA: Array<number>(20).fill(200) }) },
    out: { size: task.classes, model: leakyReadout() },
  },
  projections: {
    in: { from: 'input', to: 'hidden', weights: fanInNormal() },
    recurrent: { from: 'hidden', to: 'hidden', weights: fanInNormal() },
    readout: { from: 'hidden', to: 'out', weights: fanInNormal() },
  },
});

const trainer = await Trainer.create(network, {
  batch: 16,
  steps: task.steps,
  seed: 1,
  loss: softmaxCrossEntropy(),
  optimiser: adam({ learningRate: 0.1 }),
  regularisers: [firingRate({ population: 'hidden', strength: 1 })],
  trainable: { hidden: ['tauA'] },
});
for (let i = 1; i <= 10; i++) await trainer.step(task.trainingBatch(new RandomStream(1, i), 16));
const { tauA } = trainer.parameters.neurons.hidden!;
console.log(`τ_a from 200 ms to ${Math.min(...tauA!).toFixed(1)} … ${Math.max(...tauA!).toFixed(1)} ms`);
