import { InternalError } from '../../base/errors.ts';
import { own } from '../../base/own.ts';
import { randomFraction, randomNormal, randomUniform } from '../../base/random.ts';
import { streamOf } from '../../base/stream.ts';
import {
  deriveParameters,
  graphEvaluator,
  type Leaf,
  type NodeId,
  SYNAPSE_INTERVAL,
  type SynapseBlock,
  type SynapseProgram,
} from '../../expr/index.ts';
import type { SparsePattern } from '../topology.ts';
import { type SynapseColumns, synapseColumns } from './columns.ts';
import { drawIndex, intervalSteps, randomPurpose } from './randomness.ts';

/** What a projection with plastic synapses is made of. */
export interface PlasticSetup {
  /** Name of the projection, of which random draws depend. */
  readonly name: string;
  readonly program: SynapseProgram;
  readonly pattern: SparsePattern;
  readonly preSize: number;
  readonly postSize: number;
  readonly batch: number;
  /** ms. */
  readonly dt: number;
  readonly seed: number;
  /** Base parameters. */
  readonly values: Readonly<Record<string, number>>;
  /** Initial values of synapse variables, `w` among them; for the others, default the definition's. */
  readonly initial: Readonly<Record<string, ArrayLike<number>>>;
}

/** What the blocks of one step see of the world outside of the projection. */
export interface PlasticWorld {
  /** Steps simulated up to and with this one, from 1. */
  readonly step: number;
  /** Whether the spike of a presynaptic neuron arrives in this step, or a postsynaptic neuron spikes in it. */
  spikes(row: number, neuron: number): boolean;
  /** A state of a postsynaptic neuron. */
  read(name: string, row: number, post: number): number;
  signal(name: string, row: number): number;
}

/** Which value of a variable, or which draw, is meant: the synapse's, its neurons', of one batch row. */
export interface PlasticIndex {
  readonly row: number;
  readonly pre: number;
  readonly post: number;
  readonly synapse: number;
  /** Place of the synapse in the list of the block that runs: in its column for `onPost`, else its index. */
  readonly place: number;
}

/** A new value that a block gives, once it has ended: `values[node]`. */
export interface Pending {
  readonly block: SynapseBlock;
  readonly name: string;
  readonly at: PlasticIndex;
  readonly values: Float64Array;
  readonly node: NodeId;
}

type Scope = 'pre' | 'post' | 'synapse';

/** What a block computes for one synapse, or for one neuron of a side. */
function rootsOf(block: SynapseBlock, scope: Scope): NodeId[] {
  const delivered = scope === 'synapse' && block.transmit !== undefined ? [block.transmit] : [];
  return [...block.updates.filter((update) => update.scope === scope).map(({ node }) => node), ...delivered];
}

const NOWHERE = -1;

/** Plastic synapses of one projection in float64, slowly and as the blocks read: the oracle for the compiled loops. */
export class PlasticReference {
  readonly setup: PlasticSetup;
  /** Every variable: [batch, synapse], [batch, pre] or [batch, post]. */
  readonly variables: Record<string, Float64Array> = {};
  /** Parameters, base and derived, with `dt`. */
  readonly params: Readonly<Record<string, number>>;
  readonly #columns: SynapseColumns;
  readonly #preOf: Uint32Array;
  readonly #everySteps: number;
  readonly #evaluators = new Map<string, ReturnType<typeof graphEvaluator>>();
  #pending: Pending[] = [];

  constructor(setup: PlasticSetup) {
    this.setup = setup;
    const { program, pattern, preSize, batch } = setup;
    this.params = deriveParameters(program, setup.values, setup.dt);
    this.#everySteps = program.blocks.every ? intervalSteps(setup.name, this.params[SYNAPSE_INTERVAL]!, setup.dt) : 0;
    this.#columns = synapseColumns(pattern, setup.postSize);
    this.#preOf = new Uint32Array(pattern.post.length);
    for (let i = 0; i < preSize; i++) this.#preOf.fill(i, pattern.rowStart[i], pattern.rowStart[i + 1]);
    for (const [name, { scope, init }] of Object.entries(program.variables)) {
      const count = this.sizeOf(scope);
      const given = own(setup.initial, name);
      this.variables[name] = Float64Array.from({ length: batch * count }, (_, k) => given?.[k % count] ?? init);
    }
  }

  /** How many values a variable has per batch row. */
  sizeOf(scope: Scope): number {
    const { pattern, preSize, postSize } = this.setup;
    return scope === 'synapse' ? pattern.post.length : scope === 'pre' ? preSize : postSize;
  }

  /** Index of a variable's value. */
  protected elementOf(name: string, at: PlasticIndex): number {
    const { scope } = this.setup.program.variables[name]!;
    return at.row * this.sizeOf(scope) + at[scope];
  }

  #draw(block: SynapseBlock, site: number, at: PlasticIndex, step: number): number {
    const { kind, scope, chance } = block.randomSites[site]!;
    const { seed, name, preSize, postSize, pattern } = this.setup;
    const stream = streamOf(randomPurpose(name, block.name, site));
    if (chance !== undefined) return this.#fraction(block, stream, at, step);
    const counts = { pre: preSize, post: postSize, synapse: pattern.post.length };
    const count = scope === 'synapse' && block.name === 'onPost' ? this.#columns.synapse.length : counts[scope];
    const element = drawIndex(at.row, count, scope === 'synapse' ? at.place : at[scope]);
    const draw = kind === 'normal' ? randomNormal : randomUniform;
    return draw(seed, stream, step, element);
  }

  /** The draw behind a coin: by the neuron that has the event, and the place of the synapse among that neuron's. */
  #fraction(block: SynapseBlock, stream: number, { row, pre, post, place }: PlasticIndex, step: number): number {
    const { seed, preSize, postSize, pattern } = this.setup;
    const [runs, run, first] =
      block.name === 'onPost' ? [postSize, post, this.#columns.start[post]!] : [preSize, pre, pattern.rowStart[pre]!];
    return randomFraction(seed, stream, step, row * runs + run, place - first);
  }

  /** The value of a leaf of a block. */
  protected leaf(block: SynapseBlock, node: Leaf, at: PlasticIndex, world: PlasticWorld): number {
    switch (node.op) {
      case 'const':
        return node.value;
      case 'param':
        return this.params[node.name]!;
      case 'state':
        return this.variables[node.name]![this.elementOf(node.name, at)]!;
      case 'input':
        return Object.hasOwn(this.setup.program.definition.signals ?? {}, node.name)
          ? world.signal(node.name, at.row)
          : world.read(node.name, at.row, at.post);
      case 'random':
        return this.#draw(block, node.site, at, world.step);
      default:
        throw new InternalError('PlasticReference', `expected no ${node.op} in a block, got one`);
    }
  }

  /** Values of the nodes behind a block's updates of one scope, for one synapse or neuron. */
  protected evaluate(block: SynapseBlock, scope: Scope, at: PlasticIndex, world: PlasticWorld): Float64Array {
    const key = `${block.name} ${scope}`;
    const known = this.#evaluators.get(key) ?? graphEvaluator(block.graph, rootsOf(block, scope));
    this.#evaluators.set(key, known);
    return known((node) => this.leaf(block, node, at, world));
  }

  /** Gives a variable its new value. */
  protected write({ name, at, values, node }: Pending): void {
    this.variables[name]![this.elementOf(name, at)] = values[node]!;
  }

  #run(block: SynapseBlock, scope: Scope, at: PlasticIndex, world: PlasticWorld): Float64Array {
    const updates = block.updates.filter((update) => update.scope === scope);
    const values = this.evaluate(block, scope, at, world);
    for (const { name, node } of updates) this.#pending.push({ block, name, at, values, node });
    return values;
  }

  /** Ends a block: what its lines say is true from now on. */
  #apply(): void {
    for (const pending of this.#pending) this.write(pending);
    this.#pending = [];
  }

  #neurons(
    block: SynapseBlock,
    side: 'pre' | 'post',
    row: number,
    world: PlasticWorld,
    chosen: (neuron: number) => boolean,
  ) {
    for (let i = 0; i < this.sizeOf(side); i++) {
      if (!chosen(i)) continue;
      const at = { row, pre: NOWHERE, post: NOWHERE, synapse: NOWHERE, place: NOWHERE, [side]: i };
      this.#run(block, side, at, world);
    }
  }

  #synapse(row: number, synapse: number, place = synapse): PlasticIndex {
    return { row, pre: this.#preOf[synapse]!, post: this.setup.pattern.post[synapse]!, synapse, place };
  }

  /**
   * First part of a step, before the target is updated: the spikes that arrive, and what they deliver.
   *
   * @param deliver - takes (batch row, postsynaptic neuron, current), in the order of the synapses
   */
  arrive(world: PlasticWorld, deliver: (row: number, post: number, current: number) => void): void {
    const { program, pattern, batch, preSize } = this.setup;
    const block = program.blocks.onPre;
    for (let row = 0; row < batch; row++) {
      this.#neurons(block, 'pre', row, world, (i) => world.spikes(row, i));
      for (let i = 0; i < preSize; i++) {
        if (!world.spikes(row, i)) continue;
        for (let k = pattern.rowStart[i]!; k < pattern.rowStart[i + 1]!; k++) {
          const at = this.#synapse(row, k);
          deliver(row, at.post, this.#run(block, 'synapse', at, world)[block.transmit!]!);
        }
      }
    }
    this.#apply();
  }

  /** Second part of a step, after the target is updated: its spikes, then what happens at every step and at intervals. */
  after(world: PlasticWorld): void {
    const { blocks } = this.setup.program;
    if (blocks.onPost) this.#onPost(blocks.onPost, world);
    if (blocks.onStep) this.#sweep(blocks.onStep, world);
    if (blocks.every && world.step % this.#everySteps === 0) this.#sweep(blocks.every, world);
  }

  #onPost(block: SynapseBlock, world: PlasticWorld): void {
    const { start, synapse } = this.#columns;
    const count = this.setup.pattern.post.length;
    for (let row = 0; row < this.setup.batch; row++) {
      this.#neurons(block, 'post', row, world, (j) => world.spikes(row, j));
      for (let j = 0; j < this.setup.postSize; j++) {
        if (!world.spikes(row, j)) continue;
        for (let c = start[j]!; c < start[j + 1]!; c++) {
          if (synapse[c]! < count) this.#run(block, 'synapse', this.#synapse(row, synapse[c]!, c), world);
        }
      }
    }
    this.#apply();
  }

  #sweep(block: SynapseBlock, world: PlasticWorld): void {
    for (let row = 0; row < this.setup.batch; row++) {
      this.#neurons(block, 'pre', row, world, () => true);
      this.#neurons(block, 'post', row, world, () => true);
      for (let k = 0; k < this.sizeOf('synapse'); k++) this.#run(block, 'synapse', this.#synapse(row, k), world);
    }
    this.#apply();
  }
}
