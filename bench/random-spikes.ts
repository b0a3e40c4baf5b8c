import { RandomStream, SpikeTrain } from 'volley';

/** Independent Bernoulli spikes, [steps, batch, size]. */
export function randomSpikes(steps: number, batch: number, size: number, probability: number): SpikeTrain {
  const random = new RandomStream(1, 1);
  const train = new SpikeTrain(steps, batch, size);
  for (let t = 0; t < steps; t++) {
    for (let b = 0; b < batch; b++) {
      for (let i = 0; i < size; i++) if (random.uniform() < probability) train.set(t, b, i);
    }
  }
  return train;
}
