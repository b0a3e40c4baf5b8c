import type { GraphNode, GraphTensor } from '../graph.ts';
import { floats, intOf, ints, intsOf, numbersOf } from '../node.ts';
import { axisOf, broadcast, product } from '../shapes/dimensions.ts';
import { sliceOf } from '../shapes/rearrange.ts';

/** A constant while it is computed; a whole number that depends on the size of the batch is NaN. */
export interface Constant {
  readonly shape: readonly number[];
  readonly data: Float64Array;
  readonly integer: boolean;
}

export const constantOf = (tensor: GraphTensor): Constant => ({
  shape: tensor.shape,
  data: tensor.data instanceof BigInt64Array ? Float64Array.from(tensor.data, Number) : new Float64Array(tensor.data),
  integer: !(tensor.data instanceof Float32Array),
});

export const tensorOf = ({ shape, data, integer }: Constant): GraphTensor =>
  integer ? ints([...data], shape) : { shape, data: new Float32Array(data) };

/** The value of a Constant node in whichever attribute it stands. */
export function literal(node: GraphNode): GraphTensor | undefined {
  const { value, value_int, value_float, value_ints, value_floats } = node.attributes;
  if (value?.kind === 'tensor') return value.value;
  if (value_int?.kind === 'int') return ints([value_int.value], []);
  if (value_float?.kind === 'float') return floats([value_float.value], []);
  if (value_ints?.kind === 'ints') return ints(value_ints.value);
  if (value_floats?.kind === 'floats') return floats(value_floats.value);
  return undefined;
}

type Evaluator = (node: GraphNode, inputs: readonly Constant[]) => Constant;

/** Places in `shape`, row-major, mapped to places in an array that is read with the given strides. */
function gathered(
  shape: readonly number[],
  strides: readonly number[],
  start: number,
  from: Float64Array,
): Float64Array {
  const at = shape.map(() => 0);
  const data = new Float64Array(product(shape));
  let place = start;
  for (let k = 0; k < data.length; k++) {
    data[k] = from[place]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      place += strides[axis]!;
      if (++at[axis]! < shape[axis]!) break;
      place -= strides[axis]! * shape[axis]!;
      at[axis] = 0;
    }
  }
  return data;
}

const stridesOf = (shape: readonly number[]): number[] => shape.map((_, axis) => product(shape.slice(axis + 1)));

function spread({ shape, data }: Constant, to: readonly number[]): Float64Array {
  const own = stridesOf(shape);
  const shift = to.length - shape.length;
  const strides = to.map((_, axis) => (axis < shift || shape[axis - shift] === 1 ? 0 : own[axis - shift]!));
  return gathered(to, strides, 0, data);
}

const binary =
  (compute: (a: number, b: number) => number): Evaluator =>
  (_node, [a, b]) => {
    const shape = broadcast(a!.shape, b!.shape) as number[];
    const right = spread(b!, shape);
    const integer = a!.integer && b!.integer;
    const data = spread(a!, shape).map((value, k) => compute(value, right[k]!));
    return { shape, data: integer ? data.map(Math.trunc) : data, integer };
  };

const unary =
  (compute: (a: number) => number): Evaluator =>
  (_node, [a]) => ({ ...a!, data: a!.data.map(compute) });

const axesOf = (node: GraphNode, axes: Constant | undefined): number[] | undefined =>
  [...(intsOf(node, 'axes') ?? axes?.data ?? [])].length > 0 ? [...(intsOf(node, 'axes') ?? axes!.data)] : undefined;

const EVALUATORS: Readonly<Record<string, Evaluator>> = {
  Add: binary((a, b) => a + b),
  Sub: binary((a, b) => a - b),
  Mul: binary((a, b) => a * b),
  Div: binary((a, b) => a / b),
  Pow: binary((a, b) => a ** b),
  Max: binary(Math.max),
  Min: binary(Math.min),
  Neg: unary((a) => -a),
  Sqrt: unary(Math.sqrt),
  Reciprocal: unary((a) => 1 / a),
  Exp: unary(Math.exp),
  Floor: unary(Math.floor),
  Ceil: unary(Math.ceil),
  Cast(node, [a]) {
    const integer = ![1, 10, 11].includes(intOf(node, 'to', 1));
    return { shape: a!.shape, data: integer ? a!.data.map(Math.trunc) : a!.data, integer };
  },
  Reshape(_node, [a, target]) {
    const sizes = [...target!.data].map((size, axis) => (size === 0 ? a!.shape[axis]! : size));
    const others = product(sizes.filter((size) => size !== -1));
    return { ...a!, shape: sizes.map((size) => (size === -1 ? a!.data.length / others : size)) };
  },
  Transpose(node, [a]) {
    const order = intsOf(node, 'perm') ?? a!.shape.map((_, axis) => a!.shape.length - 1 - axis);
    const strides = stridesOf(a!.shape);
    const shape = order.map((axis) => a!.shape[axis]!);
    return {
      ...a!,
      shape,
      data: gathered(
        shape,
        order.map((axis) => strides[axis]!),
        0,
        a!.data,
      ),
    };
  },
  Unsqueeze(node, [a, given]) {
    const axes = axesOf(node, given)!;
    const rank = a!.shape.length + axes.length;
    const places = axes.map((axis) => axisOf(axis, rank));
    const rest = [...a!.shape];
    return { ...a!, shape: Array.from({ length: rank }, (_, axis) => (places.includes(axis) ? 1 : rest.shift()!)) };
  },
  Squeeze(node, [a, given]) {
    const places = axesOf(node, given)?.map((axis) => axisOf(axis, a!.shape.length));
    return { ...a!, shape: a!.shape.filter((size, axis) => (places ? !places.includes(axis) : size !== 1)) };
  },
  Gather(node, [a, index]) {
    const axis = axisOf(intOf(node, 'axis', 0), a!.shape.length);
    const [outer, size, inner] = [a!.shape.slice(0, axis), a!.shape[axis]!, a!.shape.slice(axis + 1)];
    const width = product(inner);
    const parts: number[] = [];
    for (let k = 0; k < product(outer); k++) {
      for (const place of index!.data) {
        const start = (k * size + (place < 0 ? place + size : place)) * width;
        for (let j = 0; j < width; j++) parts.push(a!.data[start + j]!);
      }
    }
    return { shape: [...outer, ...index!.shape, ...inner], data: new Float64Array(parts), integer: a!.integer };
  },
  Slice(_node, [a, starts, ends, axes, steps]) {
    const shape = [...a!.shape];
    const strides = stridesOf(a!.shape);
    let start = 0;
    starts!.data.forEach((from, k) => {
      const axis = axisOf(axes?.data[k] ?? k, shape.length);
      const step = steps?.data[k] ?? 1;
      const taken = sliceOf(a!.shape[axis]!, from, ends!.data[k]!, step);
      start += taken.start * strides[axis]!;
      shape[axis] = taken.count;
      strides[axis]! *= step;
    });
    return { ...a!, shape, data: gathered(shape, strides, start, a!.data) };
  },
  Concat(node, inputs) {
    const first = inputs[0]!.shape;
    const axis = axisOf(intOf(node, 'axis', 0), first.length);
    const widths = inputs.map(({ shape }) => product(shape.slice(axis)));
    const data: number[] = [];
    for (let k = 0; k < product(first.slice(0, axis)); k++) {
      inputs.forEach((input, i) => {
        for (let j = 0; j < widths[i]!; j++) data.push(input.data[k * widths[i]! + j]!);
      });
    }
    const total = inputs.reduce((sum, { shape }) => sum + shape[axis]!, 0);
    return { shape: first.with(axis, total), data: new Float64Array(data), integer: inputs[0]!.integer };
  },
  ConstantOfShape(node, [size]) {
    const { value } = node.attributes;
    const fill = value?.kind === 'tensor' ? value.value : floats([0]);
    const shape = [...size!.data];
    const data = new Float64Array(product(shape)).fill(numbersOf(fill)[0]!);
    return { shape, data, integer: !(fill.data instanceof Float32Array) };
  },
};

/** The output of a node whose inputs are all constant; undefined where the operator is none that constants go through. */
export function evaluateNode(node: GraphNode, inputs: readonly Constant[]): Constant | undefined {
  return Object.hasOwn(EVALUATORS, node.op) ? EVALUATORS[node.op]!(node, inputs) : undefined;
}
