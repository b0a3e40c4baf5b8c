import type { ConvertOptions } from './convert-options.ts';
import type { Code } from './few-spike/parameters.ts';
import type { MaxPoolGate, ProductGate, StagedNetwork } from './graph/stages.ts';
import type { SpikingActivation, Treatment } from './spiking-network.ts';

/** How each product and max-pool is computed, by the name of the gate. */
export function treatmentsOf(
  staged: StagedNetwork,
  activations: ReadonlyMap<string, SpikingActivation>,
  { product = 'outer', maxPool = 'lexmax' }: ConvertOptions,
): ReadonlyMap<string, Treatment> {
  const codes = new Map<string, Code>([...activations.values()].map(({ gate, code }) => [gate.output, code]));
  const treatments = new Map<string, Treatment>();
  for (const part of staged.parts) {
    if (part.kind === 'product') {
      treatments.set(part.name, product === 'exact' ? EXACT : productTreatment(part, codes));
    } else if (part.kind === 'max-pool') {
      const treatment = maxPool === 'exact' ? EXACT : maxPoolTreatment(part, codes);
      treatments.set(part.name, treatment);
      // What a spiking pool lets pass is of the same code, so that another pool may follow.
      if (treatment.code) codes.set(part.output, treatment.code);
    }
  }
  return treatments;
}

const EXACT: Treatment = { label: 'exact', reason: 'as asked' };

/** The product of two codes is a sum over pairs of their spikes; of anything else it is not. */
function productTreatment({ inputs }: ProductGate, codes: ReadonlyMap<string, Code>): Treatment {
  const uncoded = inputs.find((name) => !codes.has(name));
  if (uncoded !== undefined)
    return { label: 'exact', reason: `its factor "${uncoded}" is no output of spiking neurons` };
  return { label: 'spiking', reason: 'coincidences of the spikes of both factors' };
}

/** Binary expansions of one scale compare like words: most significant spike first. */
function maxPoolTreatment({ input }: MaxPoolGate, codes: ReadonlyMap<string, Code>): Treatment {
  const code = codes.get(input);
  if (!code) return { label: 'exact', reason: `"${input}" is no output of spiking neurons` };
  if (!isBinary(code)) return { label: 'exact', reason: 'its neurons do not code in binary' };
  return { label: 'spiking', reason: 'the first spike in a window wins', code };
}

/** Whether the spikes of a code order as its values do: one neuron, each weight at least the sum of those after it. */
function isBinary(code: Code): boolean {
  if (code.length !== 1) return false;
  const { weights } = code[0]!;
  let after = 0;
  for (let t = weights.length - 1; t >= 0; t--) {
    if (!(weights[t]! >= after && weights[t]! > 0)) return false;
    after += weights[t]!;
  }
  return true;
}
