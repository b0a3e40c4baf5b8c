import type { Code } from './code.ts';

/**
 * A quantity with a value per time step, kept in a ring: address(t) = base + (t mod slots) * slotBytes.
 *
 * All three in bytes or counts; one slot means that the quantity is updated in place.
 */
export interface Place {
  readonly base: number;
  readonly slotBytes: number;
  readonly slots: number;
}

/** A place that holds one value, the same at every time step. */
export const fixedPlace = (base: number): Place => ({ base, slotBytes: 0, slots: 1 });

/** The byte address of a place at step `t` >= 0. */
export const addressAt = (place: Place, t: number): number => place.base + (t % place.slots) * place.slotBytes;

/**
 * Pushes address(t + delta) as an i32; a constant when the place has one slot.
 *
 * @param timeLocal - local that holds t as an i32; t + delta must not be negative
 */
export function pushAddress(code: Code, place: Place, timeLocal: number, delta: number): void {
  if (place.slots === 1) {
    code.i32Const(place.base);
    return;
  }
  code.localGet(timeLocal);
  if (delta !== 0) code.i32Const(delta).i32Add();
  code.i32Const(place.slots).i32RemU().i32Const(place.slotBytes).i32Mul().i32Const(place.base).i32Add();
}
