import { INPUT } from '../calibrate.ts';
import { stageShapes } from '../graph/index.ts';
import type { LinearStage } from '../graph/stages.ts';
import { sizeOf } from '../images.ts';
import type { SpikingNetwork } from '../spiking-network.ts';
import { flowOf, ValueFlow } from './value-flow.ts';

/** A value in step-by-step execution. */
export interface StepValue {
  readonly name: string;
  /** Of one image. */
  readonly shape: readonly number[];
  readonly size: number;
  /** The gate whose neurons send it, if it travels as spikes. */
  readonly neurons: string | undefined;
  /** Planes that it is sent in: the steps of its neurons; 1 if it is a number. */
  readonly steps: number;
  /** Planes that its readers want: it is silent in those after its own. */
  readonly planes: number;
  /** Whether a linear stage reads it. */
  readonly isSent: boolean;
}

/** What is known of a step-by-step run before memory is laid out. */
export interface StepPlan {
  readonly values: ReadonlyMap<string, StepValue>;
  readonly flow: ValueFlow;
  /** Steps in one run of each linear stage. */
  readonly stageSteps: ReadonlyMap<LinearStage, number>;
}

/** @param steps - K by the name of the gate; the input's under {@link INPUT}, if it is coded */
export function planSteps({ staged, input }: SpikingNetwork, steps: ReadonlyMap<string, number>): StepPlan {
  const { parts } = staged;
  const flow = new ValueFlow(staged.input.name, staged.output.name, parts.map(flowOf));
  const shapes = stageShapes(staged);
  const sender = new Map<string, string>();
  if (input.kind === 'coded') sender.set(staged.input.name, INPUT);
  for (const part of parts) if (part.kind !== 'linear' && steps.has(part.name)) sender.set(part.output, part.name);
  const ownSteps = (name: string) => (sender.has(name) ? steps.get(sender.get(name)!)! : 1);
  const stageSteps = new Map(
    parts
      .filter((part) => part.kind === 'linear')
      .map((stage) => [stage, Math.max(1, ...flowOf(stage).inputs.map(ownSteps))]),
  );
  const values = new Map<string, StepValue>();
  for (const name of flow.madeAt.keys()) {
    const readers = flow.readers(name).map((at) => parts[at]);
    const stages = readers.filter((part) => part?.kind === 'linear');
    const shape = shapes.get(name)!;
    values.set(name, {
      name,
      shape,
      size: sizeOf(shape),
      neurons: sender.get(name),
      steps: ownSteps(name),
      planes: Math.max(1, ...stages.map((stage) => stageSteps.get(stage)!)),
      isSent: stages.length > 0,
    });
  }
  return { values, flow, stageSteps };
}
