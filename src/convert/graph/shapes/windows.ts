import { intOf, intsOf, textOf } from '../node.ts';
import type { Dimensions } from './dimensions.ts';
import { known, misfit, type ShapeRule, type Sight } from './rule.ts';

/** Sizes of the windows of a convolution or pool, per spatial axis. */
export function kernelOf(sight: Sight, weights: number | undefined): readonly number[] {
  const given = intsOf(sight.node, 'kernel_shape');
  if (given) return given;
  if (weights === undefined) throw misfit(sight, 'a kernel_shape', 'none');
  return sight
    .shape(weights)
    .slice(2)
    .map((size) => known(sight, size));
}

/** Sizes over space after sliding windows. */
function slid(sight: Sight, kernel: readonly number[]): number[] {
  const { node } = sight;
  const input = sight.shape(0).slice(2);
  if (kernel.length !== input.length) throw misfit(sight, `${kernel.length} axes of space`, input.length);
  const strides = intsOf(node, 'strides');
  const dilations = intsOf(node, 'dilations');
  const pads = intsOf(node, 'pads');
  const auto = textOf(node, 'auto_pad', 'NOTSET');
  const round = intOf(node, 'ceil_mode', 0) ? Math.ceil : Math.floor;
  return input.map((size, axis) => {
    const n = known(sight, size);
    const stride = strides?.[axis] ?? 1;
    if (auto.startsWith('SAME')) return Math.ceil(n / stride);
    const before = auto === 'VALID' ? 0 : (pads?.[axis] ?? 0);
    const after = auto === 'VALID' ? 0 : (pads?.[axis + input.length] ?? 0);
    const span = (dilations?.[axis] ?? 1) * (kernel[axis]! - 1) + 1;
    const count = round((n + before + after - span) / stride) + 1;
    // A window that would start in the padding after the input is left out.
    const length = (count - 1) * stride >= n + before ? count - 1 : count;
    if (length < 1) throw misfit(sight, `a size of at least ${span}`, n);
    return length;
  });
}

export const convolution: ShapeRule = (sight) => {
  const [batch, channels] = sight.shape(0);
  const weights = sight.shape(1);
  const wanted = known(sight, weights[1]) * intOf(sight.node, 'group', 1);
  if (channels !== wanted) throw misfit(sight, `${wanted} channels`, channels);
  return [[batch!, weights[0]!, ...slid(sight, kernelOf(sight, 1))]];
};

export const transposedConvolution: ShapeRule = (sight) => {
  const { node } = sight;
  const [batch, channels, ...space] = sight.shape(0);
  const weights = sight.shape(1);
  if (channels !== weights[0]) throw misfit(sight, `${weights[0]} channels`, channels);
  if (textOf(node, 'auto_pad', 'NOTSET') !== 'NOTSET' || intsOf(node, 'output_shape')) {
    throw misfit(sight, 'explicit pads', 'auto_pad or output_shape');
  }
  const kernel = kernelOf(sight, 1);
  const at = (name: string, axis: number, otherwise: number): number => intsOf(node, name)?.[axis] ?? otherwise;
  const sizes = space.map((size, axis) => {
    const span = at('dilations', axis, 1) * (kernel[axis]! - 1) + 1;
    const padding = at('pads', axis, 0) + at('pads', axis + space.length, 0);
    return (known(sight, size) - 1) * at('strides', axis, 1) + at('output_padding', axis, 0) + span - padding;
  });
  return [[batch!, known(sight, weights[1]) * intOf(node, 'group', 1), ...sizes]];
};

export const pool: ShapeRule = (sight) => {
  const [batch, channels] = sight.shape(0);
  const shape: Dimensions = [batch!, channels!, ...slid(sight, kernelOf(sight, undefined))];
  return sight.node.outputs.map(() => shape);
};

export const globalPool: ShapeRule = (sight) => {
  const [batch, channels, ...space] = sight.shape(0);
  return [[batch!, channels!, ...space.map(() => 1)]];
};
