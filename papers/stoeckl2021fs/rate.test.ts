import { expect, it } from 'vitest';
import { needs } from './rate.ts';

const record = (kind: string, latencySteps: number, accuracy: number, agreement: number) => ({
  ...{ network: 'net', kind, annAccuracy: 0.98, latencySteps, accuracy, agreement },
  spikesPerNeuron: latencySteps / 10,
});

it('needs as many steps as it takes to come near and to stay near, in whatever order they were run', () => {
  const records = [
    record('few-spike', 16, 0.979, 0.999),
    record('few-spike', 8, 0.975, 0.99),
    record('rate, max', 4, 0.975, 0.99),
    record('rate, max', 8, 0.96, 0.97),
    record('rate, max', 32, 0.972, 0.997),
    { ...record('few-spike', 2, 0.99, 1), network: 'other' },
  ];
  expect(needs(records, 'net', 'few-spike')).toEqual({
    'net.need.within1.fs.latencySteps': 8,
    'net.need.within1.fs.spikesPerNeuron': 0.8,
    'net.need.agree998.fs.latencySteps': 16,
    'net.need.agree998.fs.spikesPerNeuron': 1.6,
    // 4 steps are near by luck, 8 are not; nothing agrees on 99.8 %, and so nothing is said of it.
    'net.need.within1.rate-max.latencySteps': 32,
    'net.need.within1.rate-max.spikesPerNeuron': 3.2,
  });
});
