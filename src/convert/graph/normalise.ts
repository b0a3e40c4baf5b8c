import { checkedOptions } from '../../base/options.ts';
import type { Graph } from './graph.ts';
import { foldBatchNorm } from './passes/batch-norm.ts';
import { gatherDense } from './passes/dense.ts';
import { type FoldOptions, foldConstants } from './passes/fold-constants.ts';
import { withoutHead } from './passes/head.ts';
import { spellPiecewise } from './passes/piecewise.ts';
import { recogniseActivations } from './passes/recognise.ts';
import { padLastWindows } from './passes/whole-windows.ts';

export type NormaliseOptions = FoldOptions;

/**
 * Brings a network of any exporter into the form that is cut at its gates: one input, one output, constants folded, batch
 * normalisation inside of weights, activations as nodes `Activation`, no final softmax or sigmoid, nothing that depends on the size of
 * the batch, whose dimension is named `batch`.
 *
 * @throws UnsupportedError naming the node that is beyond conversion
 * @throws ShapeError if the shape of an image is open or shapes do not fit
 */
export function normalise(graph: Graph, options: NormaliseOptions = {}): Graph {
  checkedOptions('normalise', options, ['sampleShape']);
  const passes = [gatherDense, foldBatchNorm, withoutHead, recogniseActivations, spellPiecewise, padLastWindows];
  return passes.reduce((current, pass) => pass(current), foldConstants(graph, options));
}
