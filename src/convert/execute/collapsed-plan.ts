import { INPUT } from '../calibrate.ts';
import { stageShapes } from '../graph/index.ts';
import { sizeOf } from '../images.ts';
import type { Activity, GraphRuntime, GraphSession } from '../runtime.ts';
import type { SpikingNetwork } from '../spiking-network.ts';
import { type BlockedImages, paddingOf } from './blocked-layout.ts';
import { type BufferNeed, placeBuffers } from './buffers.ts';
import { nativeSegments } from './native-segments.ts';
import type { CompiledNeurons, DecodingKernel } from './neurons.ts';
import type { RunnerOptions } from './runner.ts';
import { type GraphSegment, type Segment, segmentsOf } from './segments.ts';
import { ValueFlow } from './value-flow.ts';

/** Names of spans that are no values. */
export const DRAWS = '(draws)';
export const SCRATCH = '(scratch)';
export const PADDING = '(padding)';
export const TABLES = '(tables)';

/** How a value lies in memory whose channels are in blocks. */
export type Blocks = Omit<BlockedImages, 'data' | 'images'>;

/** The parts of a collapsed network, loaded. */
export interface LoadedSegments {
  readonly segments: readonly Segment[];
  readonly sessions: ReadonlyMap<GraphSegment, GraphSession>;
  /** Of one image, as values lie in memory. */
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  /** Values whose channels lie in blocks. */
  readonly blocks: ReadonlyMap<string, Blocks>;
}

/** Where everything lies in the memory of a runner. */
export interface CollapsedPlan extends LoadedSegments {
  readonly addresses: ReadonlyMap<string, number>;
  readonly pages: number;
}

/** Cuts a network in the layout of the runtime if it has one, and loads its sessions. */
export async function loadSegments(
  network: SpikingNetwork,
  runtime: GraphRuntime,
  { counts }: RunnerOptions,
): Promise<LoadedSegments> {
  const merge = counts === false;
  const native = await nativeSegments(network, runtime, { merge });
  const segments = native?.segments ?? segmentsOf(network, { merge });
  const sessions = new Map<GraphSegment, GraphSession>();
  for (const segment of segments) {
    if (segment.kind === 'graph') sessions.set(segment, await runtime.load(segment.graph));
  }
  if (!native) return { segments, sessions, shapes: stageShapes(network.staged), blocks: new Map() };
  const blocks = [...native.blocked].map(([name, [channels, ...pixels]]): [string, Blocks] => [
    name,
    { channels: channels!, pixels: sizeOf(pixels), block: native.block },
  ]);
  return { segments, sessions, shapes: await shapesOf(network, segments, sessions), blocks: new Map(blocks) };
}

/** What one image becomes: only the runtime knows the shapes of its layout. */
async function shapesOf(
  { staged }: SpikingNetwork,
  segments: readonly Segment[],
  sessions: ReadonlyMap<GraphSegment, GraphSession>,
): Promise<ReadonlyMap<string, readonly number[]>> {
  const { name } = staged.input;
  const shapes = new Map([[name, stageShapes(staged).get(name)!]]);
  const silent = (of: string): Activity => {
    const shape = shapes.get(of)!;
    return { shape: [1, ...shape], data: new Float32Array(sizeOf(shape)) };
  };
  for (const segment of segments) {
    if (segment.kind === 'neurons') shapes.set(segment.outputs[0]!, shapes.get(segment.inputs[0]!)!);
    else {
      const made = await sessions.get(segment)!.run(new Map(segment.inputs.map((of) => [of, silent(of)])));
      for (const [of, { shape }] of made) shapes.set(of, shape.slice(1));
    }
  }
  return shapes;
}

/** @throws UnsupportedError if a batch needs more than 4 GiB */
export function planCollapsed(
  network: SpikingNetwork,
  compiled: CompiledNeurons<DecodingKernel>,
  loaded: LoadedSegments,
  batch: number,
): CollapsedPlan {
  const { staged, input } = network;
  const { segments, shapes, blocks } = loaded;
  const flow = new ValueFlow(staged.input.name, staged.output.name, segments);
  const bytes = (name: string) => 4 * batch * sizeOf(shapes.get(name)!);
  const home = homesOf(segments, flow);
  const needs = new Map<string, BufferNeed>();
  for (const [name, from] of flow.madeAt) {
    if (from < 0 && input.kind === 'analog') continue;
    const at = home.get(name) ?? name;
    const known = needs.get(at);
    needs.set(at, { name: at, bytes: bytes(name), from: known?.from ?? from, to: flow.lastUse(name) });
  }
  const always = { from: -1, to: segments.length };
  const extra: BufferNeed[] = [];
  if (network.noise) extra.push({ name: DRAWS, bytes: drawBytes(network, compiled, bytes), ...always });
  if (compiled.tableBytes > 0) extra.push({ name: TABLES, bytes: compiled.tableBytes, ...always });
  const pools = segments.flatMap((segment) => (segment.kind === 'graph' ? segment.pools : []));
  if (pools.length > 0) {
    extra.push({ name: SCRATCH, bytes: Math.max(...pools.map(({ output }) => bytes(output))), ...always });
  }
  const padding = Math.max(0, ...[...blocks.values()].map(paddingOf));
  if (padding > 0) extra.push({ name: PADDING, bytes: 4 * batch * padding, ...always });
  const { addresses, pages } = placeBuffers([...needs.values(), ...extra]);
  const all = new Map(addresses);
  for (const [name, at] of home) all.set(name, addresses.get(at)!);
  return { ...loaded, addresses: all, pages };
}

/** Values of neurons that may take the place of their potentials, with the name of the first value of that place. */
function homesOf(segments: readonly Segment[], flow: ValueFlow): ReadonlyMap<string, string> {
  const home = new Map<string, string>();
  for (const segment of segments) {
    if (segment.kind === 'graph') continue;
    const [input, output] = [segment.inputs[0]!, segment.outputs[0]!];
    if (flow.mayOverwrite(input)) home.set(output, home.get(input) ?? input);
  }
  return home;
}

function drawBytes(
  { activations, staged, input }: SpikingNetwork,
  compiled: CompiledNeurons<DecodingKernel>,
  bytes: (name: string) => number,
): number {
  const needs = [...activations].map(([name, { gate }]) => compiled.planes(name) * bytes(gate.input));
  if (input.kind === 'coded') needs.push(compiled.planes(INPUT) * bytes(staged.input.name));
  return Math.max(0, ...needs);
}
