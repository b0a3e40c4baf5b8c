import type { EngineMemory } from '../engine-memory.ts';
import type { Layout } from '../layout.ts';
import { checkPoisson, type EventNetworkSpec } from './event-spec.ts';
import type { Slice } from './partition.ts';
import { type PoissonTable, poissonTable } from './poisson-table.ts';
import { type PoissonUnits, poissonUnits } from './poisson-units.ts';

interface Drive {
  readonly name: string;
  readonly to: string;
  readonly input: string;
  readonly weight: number;
}

/** A drive that draws a number per neuron, and where it lies. */
export interface TableDrive extends Drive {
  readonly table: PoissonTable;
  /** f32 thresholds of the table. */
  readonly thresholds: number;
  /** f32 [padded], the draws of one step, and room for what is drawn on top. */
  readonly draws: number;
}

/** A drive that draws the events of units of neurons, and where it lies. */
export interface UnitDrive extends Drive {
  readonly units: PoissonUnits;
  /** u32 thresholds of the units' table. */
  readonly thresholds: number;
  /** u8, 256 of them. */
  readonly guide: number;
  /** Number of the first unit that is here, counted in the whole population. */
  readonly firstUnit: number;
  /** Blocks of random words, one per unit. */
  readonly words: number;
  /** 32 random words for a unit with many events. */
  readonly spare: number;
}

/** A Poisson drive and where it lies. */
export type PoissonDrive = TableDrive | UnitDrive;

/** Bytes of a block of random words, and of the two groups of four that are drawn at once. */
const [BLOCK, GROUPS] = [16, 128];

/** Lays out the drives of the populations that are here. */
export function layDrives(
  spec: EventNetworkSpec,
  { arena, populations }: Layout,
  slices: Readonly<Record<string, Slice>>,
  dt: number,
): PoissonDrive[] {
  return Object.entries(spec.poisson ?? {}).flatMap(([name, drive]): PoissonDrive[] => {
    const input = checkPoisson(name, drive, spec.populations);
    const target = populations[drive.to];
    if (!target) return [];
    const mean = (drive.rate * dt) / 1000;
    const common = { name, to: drive.to, input, weight: drive.weights };
    const units = poissonUnits(mean);
    if (units === undefined) {
      const table = poissonTable(`poisson "${name}"`, mean);
      const thresholds = arena.span(4 * table.thresholds.length);
      return [{ ...common, table, thresholds, draws: arena.span(4 * target.padded + GROUPS) }];
    }
    const each = 2 ** units.indexBits;
    const count = Math.ceil(target.size / each);
    return [
      {
        ...{ ...common, units, firstUnit: slices[drive.to]!.first / each },
        thresholds: arena.span(4 * units.thresholds.length),
        guide: arena.span(units.guide.length),
        // Up to three blocks before the first, and one group more than asked for.
        words: arena.span(BLOCK * (count + 3) + GROUPS),
        spare: arena.span(GROUPS),
      },
    ];
  });
}

/** Writes the tables of the drives. */
export function writeDrives(engine: EngineMemory, drives: readonly PoissonDrive[]): void {
  for (const drive of drives) {
    if ('table' in drive) engine.floats(drive.thresholds, drive.table.thresholds.length).set(drive.table.thresholds);
    else {
      engine.words(drive.thresholds, drive.units.thresholds.length).set(drive.units.thresholds);
      engine.bytes(drive.guide, drive.units.guide.length).set(drive.units.guide);
    }
  }
}
