/** What changes in a list of slots, both ascending: slots that go, and slots before which something comes. */
export interface SlotChanges {
  readonly gone: Uint32Array;
  readonly before: Uint32Array;
}

/** Moves slots from … end - 1 to slots to, to + 1, …, both may overlap. */
export type Shift = (from: number, end: number, to: number) => void;

/** Whether, of the next changes number `came` and `went`, the one that comes is first; it is where both are at one slot. */
const comesNext = ({ gone, before }: SlotChanges, came: number, went: number): boolean =>
  came < before.length && (went === gone.length || before[came]! <= gone[went]!);

/**
 * Moves every run of slots between two changes by what came before it less what went: each once, and none onto one that
 * has not moved yet. Runs that move down go in ascending order; a stretch of runs that move up waits for its
 * end and goes in descending order. Stretches do not reach into each other.
 *
 * @param count - slots in use
 */
export function shiftRuns(changes: SlotChanges, count: number, shift: Shift): void {
  const { gone, before } = changes;
  let [came, went, from] = [0, 0, 0];
  while (came < before.length || went < gone.length) {
    const comes = comesNext(changes, came, went);
    const at = comes ? before[came]! : gone[went]!;
    if (came < went) shift(from, at, from + came - went);
    if (came === went + 1 && !comes) shiftUp(changes, came, went, at, shift);
    from = comes ? at : at + 1;
    if (comes) came += 1;
    else went += 1;
  }
  if (came > went) shiftUp(changes, came, went, count, shift);
  else shift(from, count, from + came - went);
}

/** Moves the stretch of runs that ends at slot `end`, back to where as many have come as gone. */
function shiftUp({ gone, before }: SlotChanges, cameBy: number, wentBy: number, end: number, shift: Shift): void {
  let [came, went, until] = [cameBy, wentBy, end];
  while (came > went) {
    const comes = went === 0 || before[came - 1]! > gone[went - 1]!;
    const at = comes ? before[came - 1]! : gone[went - 1]!;
    const from = comes ? at : at + 1;
    shift(from, until, from + came - went);
    until = at;
    if (comes) came -= 1;
    else went -= 1;
  }
}
