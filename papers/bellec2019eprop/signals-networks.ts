import {
  type ArmTrajectory,
  adam,
  alifUnscaled,
  defineNetwork,
  fanInNormal,
  firingRate,
  leakyReadout,
  NaturalEprop,
  squaredError,
  stepDecay,
} from 'volley';
import type { SettingValues } from 'volley/io';
import type { signalsSettings } from './signals-settings.ts';

/** A trainee and a generator of LIF neurons in the unscaled convention. */
export function taughtNetworks(
  task: ArmTrajectory,
  values: SettingValues<typeof signalsSettings>,
  seed: number,
): NaturalEprop {
  const { signalsTauM: tauM, signalsVTh: vTh, signalsNRef: nRef, signalsTauOut: tauOut } = values;
  const { signalsTrainee: learning, signalsGenerator: teaching } = values;
  const lif = alifUnscaled({ tauM, vTh, nRef, beta: 0 });
  const readout = leakyReadout({ tauOut });
  const weights = fanInNormal();
  const trainee = defineNetwork({
    inputs: { clock: { size: task.clockSize } },
    populations: { hidden: { size: learning, model: lif }, out: { size: task.joints, model: readout } },
    projections: {
      in: { from: 'clock', to: 'hidden', weights },
      rec: { from: 'hidden', to: 'hidden', weights },
      out: { from: 'hidden', to: 'out', weights },
    },
  });
  const generator = defineNetwork({
    inputs: { clock: { size: task.clockSize }, target: { size: task.targetSize } },
    populations: { hidden: { size: teaching, model: lif }, signals: { size: learning, model: readout } },
    projections: {
      clock: { from: 'clock', to: 'hidden', weights },
      target: { from: 'target', to: 'hidden', weights },
      rec: { from: 'hidden', to: 'hidden', weights },
      signals: { from: 'hidden', to: 'signals', weights },
    },
  });
  // The regulariser counts in spikes per ms and sums over neurons.
  const rates = (target: number, neurons: number) => [
    firingRate({ population: 'hidden', target, strength: (1000 * values.signalsRate) / neurons }),
  ];
  const traineeRates = rates(values.signalsTraineeRate, learning);
  const generatorRates = rates(values.signalsGeneratorRate, teaching);
  const learningRate = stepDecay({ initial: values.signalsLearningRate, factor: values.signalsDecay, every: 500 });
  return new NaturalEprop({
    batch: values.signalsBatch,
    steps: task.steps,
    seed,
    innerRate: values.signalsInnerRate,
    optimiser: adam({ learningRate }),
    trainee: { network: trainee, learns: 'hidden', loss: squaredError(), regularisers: traineeRates },
    generator: { network: generator, signals: 'signals', regularisers: generatorRates },
  });
}
