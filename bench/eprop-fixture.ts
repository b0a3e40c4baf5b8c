import { initialParameters, type SpikeTrain } from 'volley';
import { epropBatch, epropNetwork, onlineLearner } from './eprop-case.ts';

/** A small case with what our online e-prop makes of it, as JSON: the peers' gradients are checked against it. */
const test = { batch: 3, neurons: 24, steps: 160, gain: 1.2 };
const batch = epropBatch(test);
const network = epropNetwork(test);
const learner = onlineLearner(test, 32);
const { connections } = initialParameters(network, 1);
const { rates } = learner.advance(batch);
const gradient = learner.gradient();
const { x } = batch.inputs;
const flat = (values: ArrayLike<number>) => Array.from(values);
const named = (prefix: string, from: Readonly<Record<string, { readonly weights: ArrayLike<number> }>>) =>
  Object.fromEntries(Object.entries(from).map(([name, { weights }]) => [`${prefix}${name}`, flat(weights)]));
const spikes: number[] = [];
for (let t = 0; t < test.steps; t++) {
  for (let b = 0; b < test.batch; b++)
    for (let i = 0; i < test.neurons; i++) spikes.push((x as SpikeTrain).get(t, b, i));
}
const { data } = batch.targets!.out!;
console.log(
  JSON.stringify({
    ...test,
    x: spikes,
    target: flat(data!),
    rate: rates.hidden! / 1000,
    feedback: flat(Object.values(learner.feedback)[0]!),
    ...named('', connections),
    ...named('gradient_', gradient.connections),
  }),
);
