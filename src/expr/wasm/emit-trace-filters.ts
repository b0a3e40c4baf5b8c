import type { TraceFilter } from '../traces.ts';
import type { ModuleBuilder } from './assembler.ts';
import { Constants } from './constants.ts';
import type { Place } from './place.ts';
import { RowLoop, type RowShape } from './rows.ts';

/** Where the source of a projection has its activity: bit rows or floats, as seen by the synapses at step t + delta. */
export interface TraceSource extends RowShape {
  readonly spiking: boolean;
  readonly output: Place;
  readonly delta: number;
}

/**
 * Adds the function (t: i32) → () that advances the filters of presynaptic activity to step t.
 *
 * @param places - [batch, padded] f32 per filter, with a slot for every step
 */
export function emitTraceFilters(
  module: ModuleBuilder,
  filters: readonly TraceFilter[],
  source: TraceSource,
  places: readonly Place[],
): number {
  return module.addFunction(['i32'], [], (code) => {
    const loop = new RowLoop(code, 0, source);
    const constants = new Constants(code);
    const activity = source.spiking
      ? loop.readBits(source.output, source.delta)
      : loop.activity(source.output, source.delta).load;
    const streams = places.map((place) => ({ now: loop.activity(place), before: loop.activity(place, -1) }));
    for (const { decay, drive } of filters) for (const value of [...decay, drive]) constants.declare(value);
    loop.emit(() => {
      for (const [m, { decay, drive }] of filters.entries()) {
        streams[m]!.now.store(() => {
          activity();
          constants.push(drive);
          if (source.spiking) code.v128And();
          else code.f32x4Mul();
          for (const [n, value] of decay.entries()) {
            if (value === 0) continue;
            streams[n]!.before.load();
            constants.push(value);
            code.f32x4Mul().f32x4Add();
          }
        });
      }
    });
  });
}
