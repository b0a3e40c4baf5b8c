import { describe, expect, it } from 'vitest';
import { FormatError, UnsupportedError } from '../base/errors.ts';
import type { Attribute, Graph } from '../convert/graph/graph.ts';
import { readOnnx } from './read-onnx.ts';
import { decodeModel, ELEMENT_TYPES, encodeModel, type ModelProto, type TensorProto } from './schema.ts';
import { halfToFloat } from './tensor-data.ts';
import { writeOnnx } from './write-onnx.ts';

const attributes: Record<string, Attribute> = {
  alpha: { kind: 'float', value: 0.25 },
  axis: { kind: 'int', value: -1 },
  mode: { kind: 'string', value: 'größer' },
  pads: { kind: 'ints', value: [0, -2, 3] },
  scales: { kind: 'floats', value: [0.5, 2] },
  value: { kind: 'tensor', value: { shape: [2, 1], data: new Float32Array([1, -2]) } },
};

const graph: Graph = {
  name: 'small',
  opset: 17,
  inputs: [{ name: 'x', shape: ['batch', 3, 8] }],
  outputs: [{ name: 'y', shape: ['batch', 3] }],
  nodes: [
    { op: 'Odd', name: 'first', inputs: ['x', '', 'w'], outputs: ['h', ''], attributes },
    { op: 'com.microsoft::Gelu', name: '', inputs: ['h'], outputs: ['y'], attributes: {} },
  ],
  constants: new Map([
    ['w', { shape: [2, 2], data: new Float32Array([1, 0.1, -0, 1e30]) }],
    ['scalar', { shape: [], data: new Float32Array([3]) }],
    ['none', { shape: [0], data: new Float32Array(0) }],
    ['i', { shape: [3], data: new Int32Array([1, -1, 2 ** 31 - 1]) }],
    ['l', { shape: [2], data: new BigInt64Array([-(2n ** 63n), 2n ** 63n - 1n]) }],
    ['b', { shape: [2], data: new Uint8Array([0, 255]) }],
  ]),
};

const rewritten = (change: (model: ModelProto) => void): Uint8Array => {
  const model = decodeModel(writeOnnx(graph));
  change(model);
  return encodeModel(model);
};
const withTensor = (tensor: Partial<TensorProto>): Uint8Array =>
  rewritten(({ graph }) => graph!.initializer.splice(0, 1, { dims: [2], data_type: 1, name: 't', ...tensor }));

/** With tensor "t" in a file of its own. */
const outside = (entries: Record<string, string> = {}): Uint8Array => {
  const external_data = Object.entries({ location: 'w.bin', ...entries }).map(([key, value]) => ({ key, value }));
  return withTensor({ data_location: 1, external_data });
};

describe('ONNX files', () => {
  it('come back as they were written', () => {
    expect(readOnnx(writeOnnx(graph))).toEqual(graph);
  });

  it('carry texts about themselves', () => {
    const { metadata_props } = decodeModel(writeOnnx(graph, { method: 'fs', steps: '8' }));
    expect(metadata_props).toEqual([
      { key: 'method', value: 'fs' },
      { key: 'steps', value: '8' },
    ]);
  });

  it('are the same bytes every time', () => {
    expect(writeOnnx(readOnnx(writeOnnx(graph)))).toEqual(writeOnnx(graph));
  });

  it.each([
    ['float32', { data_type: ELEMENT_TYPES.float32, float_data: [0.5, -2] }, new Float32Array([0.5, -2])],
    ['float64', { data_type: ELEMENT_TYPES.float64, double_data: [0.1, -2] }, new Float32Array([0.1, -2])],
    [
      'float16',
      { data_type: ELEMENT_TYPES.float16, int32_data: [0x3555, 0xc000] },
      new Float32Array([1365 / 4096, -2]),
    ],
    ['int32', { data_type: ELEMENT_TYPES.int32, int32_data: [1, -2] }, new Int32Array([1, -2])],
    [
      'int64',
      { data_type: ELEMENT_TYPES.int64, int64_data: ['9223372036854775807', -2] },
      new BigInt64Array([2n ** 63n - 1n, -2n]),
    ],
    ['bool', { data_type: ELEMENT_TYPES.bool, int32_data: [1, 0] }, new Uint8Array([1, 0])],
    [
      'float64 as bytes',
      { data_type: ELEMENT_TYPES.float64, raw_data: new Uint8Array(new Float64Array([0.1, -2]).buffer) },
      new Float32Array([0.1, -2]),
    ],
    [
      'float16 as bytes',
      { data_type: ELEMENT_TYPES.float16, raw_data: new Uint8Array([0, 0x3c, 1, 0]) },
      new Float32Array([1, 2 ** -24]),
    ],
  ])('hold %s', (_name, tensor, data) => {
    expect(readOnnx(withTensor(tensor)).constants.get('t')).toEqual({ shape: [2], data });
  });

  it('hold half-precision numbers of every kind', () => {
    const bits = [0x0000, 0x0001, 0x03ff, 0x0400, 0x3bff, 0x7bff, 0x7c00, 0xfc00];
    const values = [
      0,
      2 ** -24,
      1023 / 2 ** 24,
      2 ** -14,
      2047 / 2048,
      65504,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
    ];
    expect(bits.map(halfToFloat)).toEqual(values);
    expect(halfToFloat(0x7e00)).toBeNaN();
  });

  it('may keep weights in a file beside them', () => {
    const weights = new Uint8Array(new Float32Array([9, 0.5, -2, 9]).buffer);
    const files = (location: string) => (location === 'w.bin' ? weights : undefined);
    const tensor = (entries: Record<string, string>) =>
      readOnnx(outside(entries), 'net.onnx', files).constants.get('t');
    expect(tensor({ offset: '4', length: '8' })).toEqual({ shape: [2], data: new Float32Array([0.5, -2]) });
    expect(tensor({ offset: '8' })).toEqual({ shape: [2], data: new Float32Array([-2, 9]) });
  });

  it('of old kinds list weights among the inputs, which they are not', () => {
    const bytes = rewritten(({ graph }) => graph!.input.push({ name: 'w' }));
    expect(readOnnx(bytes).inputs).toEqual(graph.inputs);
  });

  it('leave sizes open under a name', () => {
    const open = [{ dim_param: 'n' }, { dim_value: 3 }, {}, { dim_value: -1 }];
    const bytes = rewritten(({ graph }) => {
      graph!.input[0]!.type!.tensor_type!.shape!.dim = open;
    });
    expect(readOnnx(bytes).inputs[0]!.shape).toEqual(['n', 3, 'x.2', 'x.3']);
  });
});

describe('files that are refused', () => {
  it('end too early, wherever', () => {
    const bytes = writeOnnx(graph);
    for (let length = 0; length < bytes.length - 1; length += 7) {
      expect(() => readOnnx(bytes.subarray(0, length), 'net.onnx')).toThrow(FormatError);
    }
  });

  it.each([
    ['text', new TextEncoder().encode('<html><body>Not found</body></html>')],
    ['zeros', new Uint8Array(64)],
    ['nothing', new Uint8Array(0)],
  ])('are %s', (_name, bytes) => {
    expect(() => readOnnx(bytes, 'net.onnx')).toThrow(/^readOnnx: expected an ONNX model in net\.onnx, got [^\n]*$/);
  });

  it('keep their weights in a file that is not there', () => {
    expect(() => readOnnx(outside())).toThrow(UnsupportedError);
    expect(() => readOnnx(outside())).toThrow(
      /"t" in the model, got it in "w\.bin", which is not there \(put that file/,
    );
  });

  it('keep their weights in a file that is too short', () => {
    const bytes = outside({ offset: '4', length: '8' });
    expect(() => readOnnx(bytes, 'net.onnx', () => new Uint8Array(11))).toThrow(
      /expected 12 bytes in "w\.bin", got 11/,
    );
  });

  it.each(['/etc/passwd', '../w.bin', 'a/../../w.bin', 'C:\\w.bin', ''])(
    'keep their weights elsewhere: "%s"',
    (location) => {
      const bytes = outside({ location });
      expect(() => readOnnx(bytes, 'net.onnx', () => new Uint8Array(8))).toThrow(/in a file beside the model/);
    },
  );

  it('have fewer weights than their shape says', () => {
    const bytes = withTensor({ dims: [3], float_data: [1, 2] });
    expect(() => readOnnx(bytes)).toThrow(/expected 3 values for \[3\] of "t", got 2/);
  });

  it('hold other types', () => {
    expect(() => readOnnx(withTensor({ data_type: 8 }))).toThrow(/got number 8 of "t"/);
    const complex = rewritten(({ graph }) => {
      graph!.input[0]!.type!.tensor_type!.elem_type = 14;
    });
    expect(() => readOnnx(complex)).toThrow(/"x", got element type 14/);
  });

  it('hold loops', () => {
    const bytes = rewritten(({ graph }) => graph!.node[0]!.attribute.push({ name: 'body', type: 5 }));
    expect(() => readOnnx(bytes)).toThrow(UnsupportedError);
    expect(() => readOnnx(bytes)).toThrow(/got attribute "body" of Odd "first"/);
  });
});
