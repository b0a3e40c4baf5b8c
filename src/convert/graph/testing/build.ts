import { RandomStream } from '../../../base/random.ts';
import type { Activity } from '../../runtime.ts';
import type { Attribute, Graph, GraphNode, GraphTensor } from '../graph.ts';
import { floats, ints } from '../node.ts';
import { product } from '../shapes/dimensions.ts';

/** An attribute as tests write it: whole numbers and texts as they are, other kinds in full. */
export type Setting = number | string | readonly number[] | Attribute;

export const float = (value: number): Attribute => ({ kind: 'float', value });

function attributeOf(setting: Setting): Attribute {
  if (typeof setting === 'number') return { kind: 'int', value: setting };
  if (typeof setting === 'string') return { kind: 'string', value: setting };
  return 'kind' in setting ? setting : { kind: 'ints', value: setting };
}

/** Random numbers of a normal distribution. */
export function randomActivity(shape: readonly number[], seed: number): Activity {
  const random = new RandomStream(seed, 1);
  return { shape, data: Float32Array.from({ length: product(shape) }, () => random.normal()) };
}

/** Writes graphs by calls, in the order of their nodes; the input is `x`, a batch of images. */
export class Build {
  readonly nodes: GraphNode[] = [];
  private readonly constants = new Map<string, GraphTensor>();
  private readonly random: RandomStream;

  constructor(
    readonly sample: readonly number[],
    readonly opset = 17,
    seed = 1,
  ) {
    this.random = new RandomStream(seed, 2);
  }

  /** Random weights that keep the size of activities about the same. */
  weights(...shape: readonly number[]): string {
    const scale = 1 / Math.sqrt(Math.max(1, product(shape.slice(1))));
    return this.constant(
      floats(
        Array.from({ length: product(shape) }, () => scale * this.random.normal()),
        shape,
      ),
    );
  }

  /** Random numbers between 0.5 and 1.5, for variances and divisors. */
  positive(...shape: readonly number[]): string {
    return this.constant(
      floats(
        Array.from({ length: product(shape) }, () => 0.5 + this.random.uniform()),
        shape,
      ),
    );
  }

  number(value: number, shape: readonly number[] = []): string {
    return this.constant(floats([value], shape));
  }

  constantFloats(...values: readonly number[]): string {
    return this.constant(floats(values));
  }

  ints(...values: readonly number[]): string {
    return this.constant(ints(values));
  }

  index(value: number): string {
    return this.constant(ints([value], []));
  }

  op(op: string, inputs: readonly string[], settings: Readonly<Record<string, Setting>> = {}): string {
    return this.ops(op, inputs, settings, 1)[0]!;
  }

  ops(op: string, inputs: readonly string[], settings: Readonly<Record<string, Setting>>, count: number): string[] {
    const name = `${op.toLowerCase()}${this.nodes.length}`;
    const outputs = Array.from({ length: count }, (_, k) => (k === 0 ? name : `${name}.${k}`));
    const attributes = Object.fromEntries(Object.entries(settings).map(([key, value]) => [key, attributeOf(value)]));
    this.nodes.push({ op, name, inputs, outputs, attributes });
    return outputs;
  }

  norm(x: string, channels: number): string {
    const [gamma, beta, mean] = [this.positive(channels), this.weights(channels), this.weights(channels)];
    return this.op('BatchNormalization', [x, gamma, beta, mean, this.positive(channels)], { epsilon: float(1e-3) });
  }

  graph(output: string, rank: number): Graph {
    return {
      name: 'test',
      opset: this.opset,
      inputs: [{ name: 'x', shape: ['n', ...this.sample] }],
      outputs: [{ name: output, shape: Array.from({ length: rank }, (_, axis) => `y.${axis}`) }],
      nodes: this.nodes,
      constants: this.constants,
    };
  }

  private constant(tensor: GraphTensor): string {
    const name = `c${this.constants.size}`;
    this.constants.set(name, tensor);
    return name;
  }
}
