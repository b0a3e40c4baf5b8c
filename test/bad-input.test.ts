import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import {
  adam,
  type Batch,
  defineNetwork,
  defineNeuron,
  EquationError,
  FloatSequence,
  firingRate,
  initialParameters,
  leakyReadout,
  lif,
  NumericsError,
  ParameterError,
  ShapeError,
  Simulation,
  SpikeTrain,
  sequentialMnist,
  softmaxCrossEntropy,
  Trainer,
  type TrainerOptions,
  VolleyError,
} from 'volley';
import { encodeIdx, loadMnist } from 'volley/io';

const folder = mkdtempSync(join(tmpdir(), 'volley-bad-input-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const network = defineNetwork({
  inputs: { x: { size: 2 } },
  populations: { hidden: { size: 5, model: lif() }, out: { size: 3, model: leakyReadout() } },
  projections: { in: { from: 'x', to: 'hidden', weights: 1 }, out: { from: 'hidden', to: 'out', weights: 1 } },
});

const neuron = (equations: string) =>
  defineNeuron({
    name: 'mine',
    params: { tau: { symbol: 'τ', unit: 'ms', default: 10, doc: 'time constant' } },
    state: { y: 'state' },
    inputs: { I: 'current' },
    equations,
    output: 'y',
  });

const simulate = (options: object, x = new SpikeTrain(4, 1, 2), steps?: number) =>
  new Simulation(network, { seed: 1, ...options }).run({ x }, steps);

function withWeights(weights: Float32Array) {
  const parameters = initialParameters(network, 1);
  return { ...parameters, connections: { ...parameters.connections, in: { kind: 'dense', self: true, weights } } };
}

const batch = (more: Partial<Batch> = {}): Batch => ({
  steps: 4,
  size: 2,
  inputs: { x: new SpikeTrain(4, 2, 2) },
  decisions: { start: Int32Array.of(0), length: Int32Array.of(4), labels: Int32Array.of(0, 1) },
  ...more,
});

async function train(options: Partial<TrainerOptions>, input = batch()) {
  const common = { batch: 2, steps: 4, seed: 1, loss: softmaxCrossEntropy(), optimiser: adam({ learningRate: 0.1 }) };
  return (await Trainer.create(network, { ...common, ...options })).step(input);
}

/** y' = 1 / I: infinite as soon as the input is 0. */
function divideByZero() {
  const net = defineNetwork({
    inputs: { f: { size: 1, kind: 'floats' } },
    populations: { p: { size: 3, model: neuron(`y' = 1 / I`)() } },
    projections: { in: { from: 'f', to: 'p', weights: 1 } },
  });
  new Simulation(net, { seed: 1 }).run({ f: new FloatSequence(3, 1, 1, [1, 2, 0]) });
}

/** A data folder whose four files are whole but for the training images. */
function mnistWith(images: (whole: Uint8Array) => Uint8Array): string {
  const directory = mkdtempSync(join(folder, 'data-'));
  const path = join(directory, 'mnist');
  mkdirSync(path);
  for (const set of ['train', 't10k']) {
    const whole = encodeIdx({ shape: [2, 28, 28], data: new Uint8Array(2 * 28 * 28) });
    writeFileSync(join(path, `${set}-images-idx3-ubyte`), set === 'train' ? images(whole) : whole);
    writeFileSync(join(path, `${set}-labels-idx1-ubyte`), encodeIdx({ shape: [2], data: new Uint8Array(2) }));
  }
  return directory;
}

type Row = readonly [what: string, act: () => unknown, type: typeof VolleyError, message: string | RegExp];

const rows: readonly Row[] = [
  [
    'NaN weights',
    () => simulate({ parameters: withWeights(new Float32Array(10).fill(Number.NaN)) }),
    ParameterError,
    'projection "in": expected finite weights, got NaN at index 0',
  ],
  [
    'too few weights',
    () => simulate({ parameters: withWeights(new Float32Array(3)) }),
    ShapeError,
    'expected 10 weights, got 3',
  ],
  [
    'NaN in an input',
    () => new FloatSequence(1, 1, 1, [Number.NaN]),
    ShapeError,
    'expected finite values, got NaN at index 0',
  ],
  [
    'wrong input shape',
    () => simulate({}, new SpikeTrain(4, 1, 3)),
    ShapeError,
    'input "x": expected spikes [>= 4, 1, 2], got spikes [4, 1, 3]',
  ],
  [
    'wrong batch size in a simulation',
    () => simulate({ batch: 2 }),
    ShapeError,
    'input "x": expected a batch of 2, got 1',
  ],
  [
    'wrong batch size in training',
    () => train({}, batch({ size: 3 })),
    ShapeError,
    'expected a batch of 2 rows and 4 steps, got 3 and 4',
  ],
  [
    'a fraction of a step',
    () => simulate({}, undefined, 2.5),
    ParameterError,
    'expected a whole number of steps, got 2.5',
  ],
  ['a missing input', () => train({}, batch({ inputs: {} })), ShapeError, 'expected input "x", got none'],
  [
    'an unknown input',
    () => train({}, batch({ inputs: { ...batch().inputs, z: new SpikeTrain(4, 2, 2) } })),
    ParameterError,
    'unknown input "z" (known: x)',
  ],
  [
    'an unknown name in an equation',
    () => neuron(`y' = alhpa * y + I`),
    EquationError,
    /unknown name "alhpa" .*known: .*tau/,
  ],
  ['a unit mismatch', () => neuron(`y' = y + tau`), EquationError, /units do not fit: 1 and ms/],
  [
    'an unknown neuron parameter',
    () => lif({ tauN: 1 } as object),
    ParameterError,
    'unknown parameter "tauN" (known: tauM, vTh, nRef)',
  ],
  [
    'an unknown trainable',
    () => train({ trainable: { hidden: ['tauA'] } }),
    ParameterError,
    'unknown parameter "tauA" (known: tauM',
  ],
  [
    'a loss on spikes',
    () => train({ loss: softmaxCrossEntropy({ population: 'hidden' }) }),
    ParameterError,
    'expected graded values for the loss, got spikes of population "hidden"',
  ],
  [
    'a firing rate without spikes',
    () => train({ regularisers: [firingRate({ population: 'out', strength: 1 })] }),
    ParameterError,
    'expected spikes for firingRate, got graded values of population "out"',
  ],
  [
    'recomputation every 0 steps',
    () => train({ recomputeEvery: 0 }),
    ParameterError,
    'expected recomputeEvery of 1 step or more, got 0',
  ],
  [
    'an empty data set',
    () => sequentialMnist({ images: new Uint8Array(0), labels: new Uint8Array(0) }),
    ShapeError,
    'got 0 pixels for 0 labels',
  ],
  [
    'an empty data file',
    () => loadMnist({ directory: mnistWith(() => encodeIdx({ shape: [0, 28, 28], data: new Uint8Array(0) })) }),
    VolleyError,
    'expected as many images as labels, at least 1, got 0 and 2',
  ],
  [
    'a truncated data file',
    () => loadMnist({ directory: mnistWith((whole) => whole.subarray(0, 99)) }),
    VolleyError,
    /expected 1584 bytes in .*train-images-idx3-ubyte, got 99/,
  ],
  ['a NaN that appears on the way', divideByZero, NumericsError, 'a non-finite y in population "p", neuron 0'],
];

describe('bad input to the library', () => {
  it.each(rows)('%s gives one line that says how to mend it', async (_, act, type, message) => {
    const error = await Promise.resolve()
      .then(act)
      .then(
        () => undefined,
        (reason: unknown) => reason as VolleyError,
      );
    expect(error).toBeInstanceOf(type);
    expect(error!.message).toMatch(message);
    const [line, ...quote] = error!.message.split('\n');
    if (error instanceof EquationError) {
      // Says what is known, then quotes the equation with a caret at the column.
      expect(line).toMatch(/\(.+\)$/);
      expect(quote.map((text) => text.trim())).toEqual([expect.stringContaining("y' ="), '^']);
      return;
    }
    expect(line!.endsWith(`(${error!.hint})`), line).toBe(true);
    expect(quote).toEqual([]);
  });
});

const program = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
const smoke = ['--preset', 'smoke', '--set', 'recallIterations=2', '--set', 'recallBatch=2', '--set', 'iterations=2'];

function volley(args: readonly string[], { shell = '', data }: { shell?: string; data?: string } = {}) {
  const command = ['bash', '-c', `${shell} exec "$@"`, 'bash', process.execPath, program, 'run', 'bellec2018lsnn'];
  const environment = data === undefined ? process.env : { ...process.env, VOLLEY_DATA: data };
  const [file, ...rest] = [...command, ...args];
  return spawnSync(file!, rest, { cwd: folder, encoding: 'utf8', env: environment });
}

/** What the program says besides its progress. */
const complaint = (stderr: string): string[] =>
  stderr
    .trimEnd()
    .split('\n')
    .filter((line) => line.startsWith('volley:'));

describe('bad input to the program', () => {
  it.each([
    ['an unknown option', ['--presett', 'quick'], 2, "unknown option '--presett'"],
    ['a setting out of range', ['--set', 'pool=3'], 2, 'expected a whole number from 1 to 2, got "3"'],
    ['an unknown setting', ['--set', 'tauB=3'], 2, 'unknown setting "tauB" (known: models'],
    ['a batch that shards do not divide', ['--set', 'shards=5'], 2, 'expected a divisor of batch = 32, got 5'],
    ['an unwritable output folder', ['--out', '/dev/null/run'], 1, 'ENOTDIR'],
  ])('%s: one line and its exit code', (_, args, code, message) => {
    const { status, stdout, stderr } = volley([...smoke, ...args]);
    expect(complaint(stderr)).toHaveLength(1);
    expect(complaint(stderr)[0]).toContain(message);
    expect(status).toBe(code);
    expect(stdout).toBe('');
  });

  it('a truncated data file: one line and exit code 1', () => {
    const { status, stderr } = volley(smoke, { data: mnistWith((whole) => whole.subarray(0, 99)) });
    expect(complaint(stderr)).toHaveLength(1);
    expect(complaint(stderr)[0]).toMatch(/expected 1584 bytes in .*train-images-idx3-ubyte, got 99/);
    expect(status).toBe(1);
  });

  it('a disk that fills up in the middle of a checkpoint leaves the one before', () => {
    // Checkpoints of store-recall take some 40 kB, those with a network on MNIST 150 kB.
    const full = volley([...smoke, '--out', 'full', '--checkpoint-every', '0'], {
      shell: "trap '' XFSZ; ulimit -f 90;",
    });
    expect(complaint(full.stderr)).toHaveLength(1);
    expect(complaint(full.stderr)[0]).toMatch(/checkpoint.safetensors, got EFBIG \(.*ulimit.*resume with: .*full/);
    expect(full.status).toBe(1);
    expect(readdirSync(join(folder, 'full')).filter((name) => name.endsWith('.tmp'))).toEqual([]);
    const kept = readFileSync(join(folder, 'full/checkpoint.safetensors')).length;
    expect(kept).toBeGreaterThan(1000);
    expect(kept).toBeLessThan(90 * 1024);
    const resumed = volley(['--resume', 'full', '--json']);
    expect(resumed.status).toBe(0);
    expect(JSON.parse(resumed.stdout).metrics.lsnn).toBeGreaterThanOrEqual(0);
  });
});
