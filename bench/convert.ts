import { readFileSync } from 'node:fs';
import {
  type Activity,
  CollapsedRunner,
  evaluate,
  type GraphRuntime,
  type Runner,
  type SpikingNetwork,
  StepByStepRunner,
} from 'volley/convert';
import { type BenchOptions, type BenchResult, type BenchRow, benchRow, machineLine, nodeRuntime } from 'volley/io';
import { readOnnx } from 'volley/onnx';
import {
  CASES,
  type CaseImages,
  type ConvertCase,
  caseImages,
  convertCase,
  imagesAt,
  networkPath,
} from './convert-case.ts';
import { type RatePeer, runRatePeers } from './convert-peer.ts';
import { cpuSecondsAsync } from './measure.ts';

const BATCHES = [1, 32, 128];
/** Of the step-by-step rows; the peer runs the same. */
const BATCH = 32;

/** Images that make up one timing: enough that the clock's grain does not count. */
const repeats = (batch: number): number => Math.max(8, Math.ceil(400 / batch));

/** CPU seconds of the network as it was trained, whole, in the same version of onnxruntime. */
async function annSeconds(test: ConvertCase, runtime: GraphRuntime, images: Activity): Promise<number> {
  const graph = readOnnx(readFileSync(networkPath(test)), test.name);
  const session = await runtime.load(graph);
  const classes = graph.outputs[0]!.shape.at(-1) as number;
  const inputs = new Map([[graph.inputs[0]!.name, images]]);
  const logits = { shape: [images.shape[0]!, classes], data: new Float32Array(images.shape[0]! * classes) };
  const results = new Map([[graph.outputs[0]!.name, logits]]);
  const seconds = await cpuSecondsAsync(repeats(images.shape[0]!), () => session.run(inputs, results));
  await session.release();
  return seconds;
}

async function runnerSeconds(runner: Runner, images: Activity): Promise<number> {
  const seconds = await cpuSecondsAsync(repeats(images.shape[0]!), () => runner.run(images));
  await runner.release();
  return seconds;
}

/** One batch through the collapsed network, beside the trained network itself. */
async function collapsedRow(
  test: ConvertCase,
  network: SpikingNetwork,
  images: CaseImages,
  runtime: GraphRuntime,
  batch: number,
): Promise<BenchRow> {
  const block = imagesAt(images.test, 0, batch);
  const run = async (counts: boolean) =>
    1000 * (await runnerSeconds(await CollapsedRunner.create(network, runtime, { batch, counts }), block));
  // The two in turn: what else the machine does changes in the meantime.
  const before = await annSeconds(test, runtime, block);
  const ours = await run(true);
  const ann = 1000 * Math.min(before, await annSeconds(test, runtime, block));
  const withoutCounts = await run(false);
  return benchRow({
    case: `${test.name} B${batch}, collapsed`,
    unit: 'ms per batch',
    ours,
    extra: {
      annMs: ann,
      ratioToAnn: ours / ann,
      withoutCountsMs: withoutCounts,
      withoutCountsToAnn: withoutCounts / ann,
    },
  });
}

const byPeer = (peers: readonly RatePeer[], key: 'steps' | 'accuracy' | 'imagesPerSecond'): Record<string, number> =>
  Object.fromEntries(peers.map((row) => [row.peer, row[key]]));

/** Every step simulated, beside a rate-coded network of the same weights that runs until it is about as accurate. */
async function stepByStepRow(
  test: ConvertCase,
  network: SpikingNetwork,
  images: CaseImages,
  runtime: GraphRuntime,
  { peers, progress }: BenchOptions,
): Promise<BenchRow> {
  const runner = await StepByStepRunner.create(network, runtime, { batch: BATCH });
  const seconds = await runnerSeconds(runner, imagesAt(images.test, 0, BATCH));
  const { labels } = images;
  const result = labels && (await evaluate(network, runtime, images.test, labels, { detail: false }));
  const accuracy = result?.snnAccuracy;
  let others: RatePeer[] = [];
  if (peers && labels && accuracy !== undefined && test.name !== 'cifar-silu') {
    progress(`peers, ${test.name} to an accuracy of ${accuracy}`);
    const { calibration, test: shown } = images;
    others = await runRatePeers({ network: networkPath(test), calibration, test: shown, labels, accuracy });
  }
  for (const { peer, reached, steps } of others) {
    if (!reached)
      progress(`${peer}: not within a point of the accuracy after ${steps} steps; its rate is that of all these steps`);
  }
  const row = benchRow({
    case: `${test.name} B${BATCH}, step by step`,
    unit: 'images per cpu s',
    ours: BATCH / seconds,
    peers: byPeer(others, 'imagesPerSecond'),
    higherIsBetter: true,
    extra: {
      steps: Math.max(...Object.values(test.steps)),
      annAccuracy: result?.annAccuracy ?? null,
      accuracy: accuracy ?? null,
      spikesPerNeuron: result?.spikesPerNeuron ?? null,
    },
  });
  if (others.length === 0) return row;
  return { ...row, peersSteps: byPeer(others, 'steps'), peersAccuracy: byPeer(others, 'accuracy') };
}

/** Converted networks: collapsed beside the trained network, step by step beside rate coding; CPU time, one thread. */
export async function run(options: BenchOptions): Promise<BenchResult> {
  const runtime = await nodeRuntime();
  const rows: BenchRow[] = [];
  for (const test of CASES) {
    const images = await caseImages(test, options.progress);
    const network = await convertCase(test, images, runtime);
    for (const batch of BATCHES) {
      options.progress(`${test.name}, collapsed, batch ${batch}`);
      rows.push(await collapsedRow(test, network, images, runtime, batch));
    }
    options.progress(`${test.name}, step by step`);
    rows.push(await stepByStepRow(test, network, images, runtime, options));
  }
  return { bench: 'convert', machine: machineLine(), rows };
}
