import { type Kernels, loadKernels } from '../../kernels/index.ts';
import { INPUT } from '../calibrate.ts';
import { spanOf } from '../code-span.ts';
import { planesOf } from '../few-spike/evaluate.ts';
import { type CodeKernel, compileCode } from '../few-spike/kernel.ts';
import type { Code } from '../few-spike/parameters.ts';
import type { SpikingNetwork } from '../spiking-network.ts';
import { binaryKernel } from './binary-kernel.ts';
import { relayCode } from './counts.ts';
import { tableKernel } from './table-kernel.ts';

/** Neurons of one gate, bound to the memory of a runner. */
export interface BoundNeurons<Kernel> {
  readonly code: Code;
  readonly kernel: Kernel;
  /** Number of the gate, which is the stream of its noise. */
  readonly stream: number;
}

/** The codes of a network by the name of the gate: activations, the input if it is coded, and what spiking max-pools let pass. */
export function codesOf(network: SpikingNetwork): ReadonlyMap<string, Code> {
  const codes = new Map<string, Code>();
  if (network.input.kind === 'coded') codes.set(INPUT, network.input.code);
  for (const [name, { code }] of network.activations) codes.set(name, code);
  for (const [name, { code }] of network.treatments) if (code) codes.set(name, relayCode(code));
  return codes;
}

/** Deviation of the noise on v, in units of the code's input. */
export const noiseOf = ({ noise }: SpikingNetwork, code: Code): number =>
  noise ? noise.deviation * Math.max(...code.map(spanOf)) : 0;

/** Neurons of one code, for any memory with room for their tables. */
interface NeuronModule<Kernel> {
  readonly tableBytes?: number;
  instantiate(memory: WebAssembly.Memory, tables: number): Kernel;
}

const TABLE_ALIGNMENT = 64;
const tableRoom = (module: NeuronModule<unknown>) =>
  TABLE_ALIGNMENT * Math.ceil((module.tableBytes ?? 0) / TABLE_ALIGNMENT);

/** Compiled codes of a network; a code that several gates share is compiled once. */
export class CompiledNeurons<Kernel> {
  readonly codes: ReadonlyMap<string, Code>;
  readonly #modules: ReadonlyMap<string, NeuronModule<Kernel>>;

  /** @param compile - with the deviation of the noise, in units of the code's input */
  constructor(network: SpikingNetwork, compile: (code: Code, noise: number) => NeuronModule<Kernel>) {
    this.codes = codesOf(network);
    const known = new Map<Code, NeuronModule<Kernel>>();
    const moduleOf = (name: string, code: Code) => {
      // A pool lets pass what its neurons decided before.
      const noise = network.treatments.has(name) ? 0 : noiseOf(network, code);
      const module = known.get(code) ?? compile(code, noise);
      known.set(code, module);
      return module;
    };
    this.#modules = new Map([...this.codes].map(([name, code]) => [name, moduleOf(name, code)]));
  }

  planes(name: string): number {
    return planesOf(this.codes.get(name)!);
  }

  /** Bytes of the tables of all codes. */
  get tableBytes(): number {
    return [...new Set(this.#modules.values())].reduce((sum, module) => sum + tableRoom(module), 0);
  }

  /**
   * Binds the neurons to a memory.
   *
   * @param tables - address of `tableBytes` bytes, a multiple of 64; not needed for codes without tables
   */
  bind(memory: WebAssembly.Memory, tables = 0): ReadonlyMap<string, BoundNeurons<Kernel>> {
    const kernels = new Map<NeuronModule<Kernel>, Kernel>();
    let address = tables;
    for (const module of new Set(this.#modules.values())) {
      kernels.set(module, module.instantiate(memory, address));
      address += tableRoom(module);
    }
    const kernelOf = (name: string) => kernels.get(this.#modules.get(name)!)!;
    return new Map([...this.codes].map(([name, code], stream) => [name, { code, kernel: kernelOf(name), stream }]));
  }
}

/** Neurons that show the spikes of each step. */
export const stepwise = (code: Code, noise: number): NeuronModule<CodeKernel> => compileCode(code, { noise });

/** What is wanted of neurons whose single steps nobody looks at. */
export type DecodingKernel = Pick<CodeKernel, 'evaluate' | 'count'>;

/** Neurons of which only values and counts are wanted: without noise these are functions of the potential, and need no steps. */
export const decoding = (code: Code, noise: number): NeuronModule<DecodingKernel> =>
  (noise === 0 ? (binaryKernel(code) ?? tableKernel(code)) : undefined) ?? stepwise(code, noise);

/** Draws of the noise on membranes, a function of seed, gate, step, image and neuron. */
export class MembraneDraws {
  readonly #kernels: Kernels;
  readonly #seed: number;
  readonly #address: number;

  /** @param address - of [planes, images, neurons] floats, for the gate that needs most */
  constructor(memory: WebAssembly.Memory, address: number, seed: number) {
    this.#kernels = loadKernels(memory);
    this.#seed = seed;
    this.#address = address;
  }

  /**
   * @param first - number of the first image of the batch
   * @returns address of standard normal draws, [planes, images, neurons]
   */
  fill(stream: number, planes: number, first: number, images: number, neurons: number): number {
    const [low, high] = [this.#seed >>> 0, Math.floor(this.#seed / 2 ** 32)];
    for (let plane = 0; plane < planes; plane++) {
      const at = this.#address + 4 * plane * images * neurons;
      this.#kernels.philoxNormal(low, high, stream, plane, first, images, neurons, at, neurons);
    }
    return this.#address;
  }
}
