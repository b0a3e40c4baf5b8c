import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { VolleyError } from '../../base/errors.ts';
import { decodeNpy } from '../../io/npy.ts';
import { readOnnx } from '../../onnx/read-onnx.ts';
import type { Activity } from '../runtime.ts';
import { stage } from './cut.ts';
import { checkStaged, expectSame, outline } from './testing/check.ts';
import { runStaged } from './testing/run-staged.ts';

const folder = fileURLToPath(new URL('../../../test/golden/onnx/', import.meta.url));
const graphOf = (file: string) => readOnnx(readFileSync(`${folder}${file}.onnx`), file);

function arrayOf(file: string): Activity {
  const { shape, data } = decodeNpy(readFileSync(`${folder}${file}.npy`), file);
  return { shape, data: data as Float32Array };
}

function softmax({ shape, data }: Activity, logarithm: boolean): Activity {
  const classes = shape[1]!;
  const values = data.map((value, k) => {
    const row = data.subarray(classes * Math.floor(k / classes)).subarray(0, classes);
    const sum = row.reduce((total, other) => total + Math.exp(other - value), 0);
    return logarithm ? -Math.log(sum) : 1 / sum;
  });
  return { shape, data: values };
}

const heads: Record<string, (scores: Activity) => Activity> = {
  cnn: (scores) => softmax(scores, true),
  mlp: (scores) => softmax(scores, false),
};

const outlines: Record<string, string[]> = {
  cnn: ['Conv', 'relu', 'Conv', 'leaky-relu', 'Reshape Gemm'],
  mlp: [
    'Gemm',
    'gelu',
    'Gemm',
    'gelu-tanh',
    'Gemm',
    'tanh',
    'Gemm',
    'hard-swish',
    'Gemm Mul',
    'relu',
    'relu',
    'Mul Add Mul Add Gemm',
  ],
};

describe.each(['legacy', 'dynamo'])('networks of the %s exporter of PyTorch', (exporter) => {
  it.each(['cnn', 'residual', 'mlp', 'mobile'])('%s gives the frozen scores', async (name) => {
    const scores = await runStaged(stage(graphOf(`${name}-${exporter}`)), arrayOf(`${name}.image`));
    expectSame((heads[name] ?? ((same) => same))(scores), arrayOf(`${name}-${exporter}.scores`));
  });

  it.each(['cnn', 'mlp'])('%s is cut where it should be', (name) => {
    expect(outline(stage(graphOf(`${name}-${exporter}`)))).toEqual(outlines[name]);
  });

  it.each(['residual', 'mobile'])('%s equals itself, its stages are linear', async (name) => {
    await checkStaged(graphOf(`${name}-${exporter}`), {}, 4);
  });

  it('squeeze-and-excitation stays a product, a shortcut starts at its gate', () => {
    const staged = stage(graphOf(`residual-${exporter}`));
    expect(outline(staged)).toEqual([
      ...['Conv', 'silu', 'Conv', 'silu', expect.stringMatching(/^(GlobalAveragePool|ReduceMean) Conv$/), 'silu'],
      ...['Conv', 'sigmoid', 'product', 'Conv Conv Add', 'silu', 'max-pool', 'ReduceMean Gemm'],
    ]);
    const gates = new Set(staged.parts.flatMap((part) => (part.kind === 'linear' ? [] : [part.output])));
    const inputs = staged.parts.flatMap((part) => (part.kind === 'linear' ? part.graph.inputs : []));
    expect(inputs.slice(1).every(({ name }) => gates.has(name))).toBe(true);
  });
});

it('a file with a damaged byte is read or refused in words, wherever the byte is', () => {
  let refused = 0;
  for (const file of ['cnn-legacy', 'mlp-dynamo']) {
    const bytes = new Uint8Array(readFileSync(`${folder}${file}.onnx`));
    for (let place = 0; place < bytes.length; place += 31) {
      const damaged = bytes.with(place, bytes[place]! ^ 0xff);
      try {
        stage(readOnnx(damaged, file));
      } catch (error) {
        expect(error).toBeInstanceOf(VolleyError);
        refused++;
      }
    }
  }
  // Most bytes are weights, and any weights will do.
  expect(refused).toBeGreaterThan(20);
});
