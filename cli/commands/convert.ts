import { basename, join } from 'node:path';
import {
  calibrate,
  convert as convertNetwork,
  type Evaluation,
  evaluate,
  onnxMetadata,
  type SpikingNetwork,
  schedule,
  toOnnx,
} from 'volley/convert';
import {
  comparisonRows,
  conversionMetrics,
  formatDuration,
  Interrupted,
  renderConversionReport,
  writeFileAtomic,
} from 'volley/io';
import { writeOnnx } from 'volley/onnx';
import { nested } from '../nested.ts';
import { stopOnSignals } from '../process.ts';
import { createProgress, type Progress } from '../progress.ts';
import { type World, writeJsonLine, writeTable } from '../terminal.ts';
import { EXIT, readUsage } from '../usage.ts';
import { packageVersion } from '../version.ts';
import { type ConvertInputs, readConvertInputs } from './convert-inputs.ts';
import { type ConvertFlags, type ConvertPlan, readConvertFlags } from './convert-options.ts';

/** Names of the files that a conversion leaves. */
const FILES = { network: 'snn.onnx', report: 'report.html', result: 'result.json' } as const;

/** What a conversion gave; result.json. */
interface Conversion {
  readonly network: SpikingNetwork;
  readonly evaluation: Evaluation | undefined;
}

/** `volley convert`: makes a trained network spiking, compares both on test samples and writes it down. Returns the exit code. */
export async function convert(world: World, model: string, flags: ConvertFlags): Promise<number> {
  const output = flags.json ? world.stderr : world.stdout;
  const started = performance.now();
  const plan = await readUsage(() => readConvertFlags(flags));
  const inputs = await readUsage(() => readConvertInputs(model, plan));
  const progress = await createProgress(output);
  const signals = stopOnSignals(
    () => progress.line('stopping after this batch; Ctrl-C again stops at once'),
    () => undefined,
  );
  try {
    const conversion = await work(plan, inputs, progress, signals.signal);
    progress.stop();
    const seconds = Math.round(performance.now() - started) / 1000;
    const result = resultOf(model, plan, inputs, conversion, seconds);
    await writeFiles(plan, conversion, result);
    if (flags.json) writeJsonLine(world.stdout, { ...result, metrics: nested(result.metrics) });
    else await show(world, plan, conversion, seconds);
    return EXIT.done;
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    world.stderr.write(`stopped; nothing was written to ${plan.out}\n`);
    return EXIT.interrupted;
  } finally {
    progress.stop();
    signals.release();
  }
}

async function work(
  { conversion, batch, mode }: ConvertPlan,
  { staged, runtime, calibration, test, labels }: ConvertInputs,
  progress: Progress,
  stop: AbortSignal,
): Promise<Conversion> {
  const report = (total: number) => (done: number) => {
    progress.update(done, total);
    if (stop.aborted) throw new Interrupted();
  };
  progress.phase('calibrating');
  const statistics = await calibrate(staged, runtime, calibration, {
    batch,
    onProgress: report(calibration.shape[0]!),
  });
  const fits = conversion.fit === 'per-layer' || (conversion.spikePenalty ?? 0) > 0;
  if (fits) progress.phase('fitting neurons');
  const onGate = (_name: string, index: number, total: number) => {
    if (fits) progress.update(index, total);
  };
  const network = convertNetwork(staged, statistics, { ...conversion, onGate });
  if (!test) return { network, evaluation: undefined };
  progress.phase('testing');
  const count = test.shape[0]!;
  const evaluation = await evaluate(network, runtime, test, labels, { mode, batch, count, onProgress: report(count) });
  return { network, evaluation };
}

/** Writes the network as ONNX, the result and the report. */
async function writeFiles(
  { out, form, conversion }: ConvertPlan,
  { network, evaluation }: Conversion,
  result: ConversionResult,
): Promise<void> {
  const file = (name: keyof typeof FILES) => join(out, FILES[name]);
  // The file has no noise: what executes it brings its own.
  const graph = toOnnx({ ...network, noise: undefined }, { form });
  writeFileAtomic(file('network'), writeOnnx(graph, onnxMetadata(network)));
  const title = `${result.model}: ${result.title}`;
  const { seconds, volley } = result;
  const html = await renderConversionReport({ title, network, evaluation, options: conversion, seconds, volley });
  writeFileAtomic(file('report'), html);
  writeFileAtomic(file('result'), `${JSON.stringify(result, null, 2)}\n`);
}

type ConversionResult = ReturnType<typeof resultOf>;

function resultOf(
  model: string,
  { conversion, mode, out }: ConvertPlan,
  { calibration }: ConvertInputs,
  { network, evaluation }: Conversion,
  seconds: number,
) {
  const { method, steps } = conversion;
  return {
    id: 'convert',
    ...{ model: basename(model), title: `${method}, K = ${stepText(steps)}`, method, steps, mode, seconds },
    metrics: evaluation ? conversionMetrics(evaluation) : { latencySteps: schedule(network).latencySteps },
    ...{ options: conversion, calibrationSamples: calibration.shape[0]!, testSamples: evaluation?.images ?? 0 },
    layers: evaluation?.layers ?? [],
    run: out,
    files: FILES,
    volley: packageVersion(),
  };
}

/** "8", or "8, sigmoid 6" with exceptions. */
function stepText(steps: ConvertPlan['conversion']['steps']): string {
  if (typeof steps === 'number') return String(steps);
  const { default: usual, ...others } = steps;
  const exceptions = Object.entries(others).map(([name, count]) => `${name} ${count}`);
  return [...(usual === undefined ? [] : [String(usual)]), ...exceptions].join(', ');
}

/** The table trained / spiking on a terminal. */
async function show(
  { stdout }: World,
  { out }: ConvertPlan,
  { evaluation }: Conversion,
  seconds: number,
): Promise<void> {
  if (evaluation) await writeTable(stdout, ['', 'trained', 'spiking'], comparisonRows(evaluation));
  stdout.write(
    `network: ${join(out, FILES.network)}\nreport: ${join(out, FILES.report)} (${formatDuration(seconds)})\n`,
  );
}
