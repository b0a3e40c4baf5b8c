import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as ort from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeNpy } from 'volley/io';
import { writeOnnx } from 'volley/onnx';
import { type Child, type TestCli, testCli } from './testing/cli.ts';
import { tinyNpy, tinyOnnx, tinySamples } from './testing/tiny-network.ts';

let cli: TestCli;
const samples = tinySamples(40);
/** One label is wrong on purpose. */
const labels = samples.map(({ answer }, k) => (k === 3 ? (answer + 1) % 3 : answer));

const inFolder = (...parts: string[]) => join(cli.folder, ...parts);
const write = (name: string, bytes: Uint8Array) => writeFileSync(inFolder(name), bytes);
const lastLine = (text: string) => JSON.parse(text.trimEnd().split('\n').at(-1)!);

beforeAll(async () => {
  cli = await testCli();
  write('tiny.onnx', tinyOnnx());
  write('images.npy', tinyNpy(samples));
  write('labels.npy', encodeNpy({ shape: [40], data: BigInt64Array.from(labels, BigInt) }));
  mkdirSync(inFolder('parts'));
  write('parts/b.npy', tinyNpy(samples.slice(16)));
  write('parts/a.npy', tinyNpy(samples.slice(0, 16)));
});

afterAll(() => cli.remove());

const CALIBRATE = ['--calibrate', 'images.npy'];
const TEST = ['--test', 'images.npy', '--labels', 'labels.npy'];

/** Spikes of a value in binary with `steps` digits up to α: the ones of its code. */
const ones = (value: number, alpha: number, steps: number) =>
  [...Math.min(2 ** steps - 1, (value * 2 ** steps) / alpha).toString(2)].filter((digit) => digit === '1').length;

/** A network with a single output. */
const single = () =>
  writeOnnx({
    name: 'single',
    opset: 17,
    inputs: [{ name: 'x', shape: ['n', 4] }],
    outputs: [{ name: 'y', shape: ['n', 1] }],
    nodes: [{ op: 'MatMul', name: '', inputs: ['x', 'w'], outputs: ['y'], attributes: {} }],
    constants: new Map([['w', { shape: [4, 1], data: Float32Array.of(1, 2, 3, 4) }]]),
  });

describe('volley convert', () => {
  it('converts, compares and writes network, report and result; the figures are those of theory', async () => {
    const args = ['tiny.onnx', '--method', 'fs', '--steps', '8', '--dyadic', ...CALIBRATE, ...TEST];
    const { code, stdout, stderr } = await cli.run('convert', ...args, '--out', 'out', '--json');
    expect(stderr).toContain('testing');
    expect(code).toBe(0);
    expect(stdout.trimEnd().split('\n')).toHaveLength(1);
    const { metrics, run } = lastLine(stdout);
    // Every hidden value is a multiple of 1/16 below α = 4, of 1/64: the codes are exact.
    const largest = Math.max(...samples.flatMap(({ hidden }) => hidden));
    const alpha = 2 ** Math.ceil(Math.log2(largest / (1 - 2 ** -8)));
    expect(alpha).toBeLessThanOrEqual(16);
    const spikes = samples.flatMap(({ hidden }) => hidden.map((value) => ones(value, alpha, 8)));
    expect(metrics).toMatchObject({ annAccuracy: 39 / 40, snnAccuracy: 39 / 40, agreement: 1, latencySteps: 8 });
    expect(metrics.spikesPerNeuron).toBeCloseTo(spikes.reduce((sum, n) => sum + n, 0) / spikes.length, 12);
    expect(metrics.multiplyAccumulates).toBe(4 * 6 + 6 * 3);
    expect(metrics.energy.annPicojoule).toBeCloseTo(4.6 * 42, 9);
    expect(run).toBe('out');
    const saved = JSON.parse(readFileSync(inFolder('out/result.json'), 'utf8'));
    expect(saved.metrics.agreement).toBe(1);
    const page = readFileSync(inFolder('out/report.html'), 'utf8');
    for (const title of ['Trained and spiking', 'Error per layer', 'Spikes of one sample', 'Relu by spikes, K = 8']) {
      expect(page).toContain(`<h2>${title}</h2>`);
    }
    expect(page).not.toMatch(/NaN|undefined/);
  });

  it('writes a standard ONNX file that gives the same answers elsewhere', async () => {
    for (const form of ['unrolled', 'compact']) {
      await cli.run('convert', 'tiny.onnx', '--steps', '8', ...CALIBRATE, '--form', form, '--out', form);
      const session = await ort.InferenceSession.create(inFolder(form, 'snn.onnx'));
      const data = Float32Array.from(samples.flatMap(({ input }) => input));
      const { y } = await session.run({ x: new ort.Tensor('float32', data, [40, 4]) });
      const output = y!.data as Float32Array;
      const answers = samples.map((_, k) => {
        const own = [...output.subarray(3 * k, 3 * k + 3)];
        return own.indexOf(Math.max(...own));
      });
      expect(answers).toEqual(samples.map(({ answer }) => answer));
    }
  });

  it('both modes give the same figures, AMOS the same answers with a neuron per step', async () => {
    const args = ['tiny.onnx', '--steps', '6', '--calibrate', 'parts', '--dyadic', ...TEST, '--json'];
    const figures = async (...more: string[]) => lastLine((await cli.run('convert', ...args, ...more)).stdout).metrics;
    const collapsed = await figures('--out', 'm1');
    expect(await figures('--mode', 'step-by-step', '--batch', '7', '--out', 'm2')).toEqual(collapsed);
    const amos = await figures('--method', 'amos', '--out', 'm3');
    expect(amos.neurons).toBe(6 * collapsed.neurons);
    expect(amos.spikesPerImage).toBe(collapsed.spikesPerImage);
    expect(amos.snnAccuracy).toBe(collapsed.snnAccuracy);
    expect(amos.spikesPerNeuron).toBeLessThanOrEqual(1);
  });

  it('says less with less: agreement only without labels, the network only without test samples', async () => {
    const base = ['convert', 'tiny.onnx', '--steps', '4', ...CALIBRATE, '--json'];
    const { metrics } = lastLine(
      (await cli.run(...base, '--test', 'images.npy', '--limit', '8', '--out', 'l1')).stdout,
    );
    expect(metrics).toHaveProperty('agreement');
    expect(metrics).not.toHaveProperty('snnAccuracy');
    const only = await cli.run(...base, '--out', 'l2');
    expect(lastLine(only.stdout).metrics).toEqual({ latencySteps: 4 });
    expect(existsSync(inFolder('l2/snn.onnx'))).toBe(true);
    expect(readFileSync(inFolder('l2/report.html'), 'utf8')).not.toMatch(/NaN|undefined/);
  });

  it('shows a table on a terminal, and reads --limit of longer labels', async () => {
    const args = [
      'tiny.onnx',
      ...CALIBRATE,
      ...TEST,
      '--limit',
      '20',
      '--noise',
      '0.01',
      '--bits',
      '8',
      '--out',
      'table',
    ];
    const { code, stdout } = await cli.run('convert', ...args);
    expect(code).toBe(0);
    expect(stdout).toContain('spikes per neuron');
    expect(stdout).toContain('network: table/snn.onnx');
  });

  it('answers with the sign of a single output', async () => {
    write('single.onnx', single());
    write('answers.npy', encodeNpy({ shape: [3], data: Uint8Array.of(1, 0, 0) }));
    write('signs.npy', encodeNpy({ shape: [3, 4], data: Float32Array.of(0, 0, 0, 1, 0, -1, 0, 0, 1, 1, 0, 0) }));
    const base = ['single.onnx', '--calibrate', 'signs.npy', '--test', 'signs.npy', '--labels', 'answers.npy'];
    const { stdout } = await cli.run('convert', ...base, '--out', 'signs', '--json');
    // 4, -2 and 3: the last label is wrong.
    expect(lastLine(stdout).metrics).toMatchObject({ annAccuracy: 2 / 3, snnAccuracy: 2 / 3, agreement: 1 });
  });

  it('checks labels against all samples of a folder, whatever the limit', async () => {
    const args = ['convert', 'tiny.onnx', ...CALIBRATE, '--test', 'parts', '--labels', 'labels.npy', '--limit', '10'];
    expect((await cli.run(...args, '--out', 'parts-out', '--json')).code).toBe(0);
  });

  it('stops at Ctrl-C with code 130 and leaves no files', async () => {
    write('many.npy', tinyNpy(tinySamples(200_000)));
    const act = (child: Child) => child.stderr.once('data', () => child.kill('SIGINT'));
    const args = ['convert', 'tiny.onnx', '--calibrate', 'many.npy', '--batch', '1', '--out', 'stopped', '--json'];
    const { code, stderr } = await cli.start(args, { act });
    expect(code).toBe(130);
    expect(stderr).toContain('nothing was written to stopped');
    expect(existsSync(inFolder('stopped/snn.onnx'))).toBe(false);
  });
});

describe('bad input ends in one line before any work', () => {
  beforeAll(() => {
    write('tanhish.onnx', tinyOnnx('Softsign'));
    write('broken.onnx', tinyOnnx().subarray(0, 90));
    write('wide.npy', encodeNpy({ shape: [3, 5], data: new Float32Array(15) }));
    write('bytes.npy', encodeNpy({ shape: [3, 4], data: new Uint8Array(12) }));
    write('nan.npy', encodeNpy({ shape: [1, 4], data: Float32Array.of(0, Number.NaN, 0, 0) }));
    write('few.npy', encodeNpy({ shape: [2], data: Int32Array.of(0, 1) }));
    write('high.npy', encodeNpy({ shape: [40], data: Uint8Array.from({ length: 40 }, (_, k) => k) }));
    write('real.npy', encodeNpy({ shape: [40], data: new Float32Array(40) }));
    write('more.npy', encodeNpy({ shape: [41], data: new Uint8Array(41) }));
    write('single.onnx', single());
    mkdirSync(inFolder('empty'));
  });

  const plain = ['tiny.onnx', ...CALIBRATE, '--out', 'bad'];
  const test = [...plain, '--test', 'images.npy'];
  it.each([
    [['none.onnx', ...CALIBRATE, '--out', 'bad'], 2, 'model: expected an ONNX file, got none.onnx'],
    [['broken.onnx', ...CALIBRATE, '--out', 'bad'], 1, 'broken.onnx'],
    [['tanhish.onnx', ...CALIBRATE, '--out', 'bad'], 1, 'Softsign'],
    [['tiny.onnx', '--out', 'bad'], 2, 'expected --calibrate'],
    [['tiny.onnx', ...CALIBRATE], 2, 'expected --out'],
    [['tiny.onnx', '--calibrate', 'gone.npy', '--out', 'bad'], 2, 'calibrate: expected an .npy file, got gone.npy'],
    [['tiny.onnx', '--calibrate', 'empty', '--out', 'bad'], 2, 'expected .npy files in the folder empty'],
    [['tiny.onnx', '--calibrate', 'wide.npy', '--out', 'bad'], 1, 'expected [count, 4] in wide.npy, got [3, 5]'],
    [['tiny.onnx', '--calibrate', 'bytes.npy', '--out', 'bad'], 2, 'expected float32 in bytes.npy'],
    [['tiny.onnx', '--calibrate', 'nan.npy', '--out', 'bad'], 1, 'NaN'],
    [['tiny.onnx', '--calibrate', 'tiny.onnx', '--out', 'bad'], 1, 'not an npy file?'],
    [['single.onnx', ...test.slice(1), '--labels', 'high.npy'], 2, 'expected class numbers below 2, got 2 at 2'],
    [[...test, '--labels', 'more.npy', '--limit', '20'], 1, 'expected [40] in more.npy, one per test sample, got [41]'],
    [[...test, '--labels', 'few.npy', '--limit', '20'], 1, 'expected [40] in few.npy'],
    [[...plain, '--labels', 'labels.npy'], 2, 'expected --test beside --labels'],
    [[...test, '--labels', 'few.npy'], 1, 'expected [40] in few.npy, one per test sample, got [2]'],
    [[...test, '--labels', 'high.npy'], 2, 'expected class numbers below 3, got 3 at 3'],
    [[...test, '--labels', 'real.npy'], 2, 'expected integers in real.npy'],
    [[...plain, '--method', 'rate'], 2, 'unknown method "rate" (known: fs, amos)'],
    [[...plain, '--steps', '0'], 2, 'steps: expected a whole number from 1 to 64, got "0"'],
    [[...plain, '--steps', '8,swish=4'], 2, '"swish"'],
    [[...plain, '--alpha', 'big'], 2, 'alpha: expected max, percentile'],
    [[...plain, '--fit', 'best'], 2, 'unknown fit "best"'],
    [[...plain, '--spike-penalty', '-1'], 2, 'spike-penalty: expected a number from 0 to 1'],
    [
      [...plain, '--spike-penalty', '0.1', '--fit', 'table'],
      2,
      "expected fit 'auto' or 'per-layer' with a spikePenalty",
    ],
    [[...plain, '--max-pool', 'average'], 2, 'unknown max-pool "average"'],
    [[...plain, '--bits', '1'], 2, 'bits: expected a whole number from 2 to 16'],
    [[...plain, '--step', '4'], 2, "unknown option '--step'"],
    [['tiny.onnx', ...CALIBRATE, '--out', 'tiny.onnx/x'], 1, 'expected to create tiny.onnx/x'],
  ])('%j', async (args, expected, message) => {
    const { code, stdout, stderr } = await cli.run('convert', ...args);
    expect(stderr).toContain(message);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(code).toBe(expected);
    expect(stdout).toBe('');
  });
});
