import { ParameterError, ShapeError } from '../../base/errors.ts';
import type { SparsePattern } from '../../network/index.ts';
import type { Member } from './member.ts';
import type { RewiringState } from './rewirer.ts';

const WHERE = 'Trainer.loadState';
const HINT = 'the state belongs to another network, seed or rewiring';

/** What is checked: a state, with the parameter vector that belongs to it. */
interface Loaded {
  readonly state: RewiringState;
  readonly parameters: Float32Array;
  readonly iteration: number;
}

/** @throws ShapeError unless the state holds an array of whole numbers of this name and, if given, length */
function wordsOf(state: RewiringState, name: string, length?: number): Uint32Array {
  const found = Object.hasOwn(state, name) ? state[name] : undefined;
  if (found instanceof Uint32Array && (length === undefined || found.length === length)) return found;
  const got = found ? `${found.constructor.name} of ${found.length}` : 'none';
  throw new ShapeError(
    WHERE,
    `expected rewiring "${name}", a Uint32Array${length === undefined ? '' : ` of ${length}`}, got ${got}`,
    {
      hint: HINT,
    },
  );
}

/**
 * Checks that loaded connections keep the budget, are sorted, allowed and different, and that weights have their signs.
 *
 * @throws ShapeError, ParameterError naming the projection
 */
export function checkPatterns(
  members: readonly Member[],
  budget: { readonly shared: boolean; readonly total: number },
  loaded: Loaded,
): void {
  let total = 0;
  for (const member of members) {
    const { rowStart } = member.slots;
    const pattern = {
      rowStart: wordsOf(loaded.state, `${member.name}.rowStart`, rowStart.length),
      post: wordsOf(loaded.state, `${member.name}.post`, budget.shared ? undefined : member.budget),
    };
    checkMember(member, pattern, loaded);
    total += pattern.post.length;
  }
  if (total !== budget.total) {
    throw new ShapeError(WHERE, `expected ${budget.total} connections, got ${total}`, { hint: HINT });
  }
}

function checkMember(
  member: Member,
  { rowStart, post }: SparsePattern,
  { state, parameters, iteration }: Loaded,
): void {
  const { name, slots, signOf, offset, born } = member;
  const where = `projection "${name}"`;
  const rises = rowStart.every((start, i) => i === 0 || start >= rowStart[i - 1]!);
  if (!rises || rowStart[0] !== 0 || rowStart.at(-1) !== post.length) {
    throw new ShapeError(WHERE, `expected a pattern of ${post.length} connections for ${where}, got another`, {
      hint: HINT,
    });
  }
  const births = born && wordsOf(state, `${name}.born`, post.length);
  if (births?.some((step) => step > iteration)) {
    throw new ParameterError(
      WHERE,
      `expected connections from before iteration ${iteration} in ${where}, got later ones`,
    );
  }
  for (let pre = 0; pre + 1 < rowStart.length; pre++) {
    for (let k = rowStart[pre]!; k < rowStart[pre + 1]!; k++) {
      const sorted = k === rowStart[pre]! || post[k]! > post[k - 1]!;
      if (!sorted || !slots.allows(pre, post[k]!)) {
        throw new ParameterError(WHERE, `expected different connections, sorted, in ${where}, got ${pre} → ${post[k]}`);
      }
      if (Math.sign(parameters[offset + k]!) === signOf(pre, post[k]!)) continue;
      const got = `${parameters[offset + k]} from ${pre} to ${post[k]}`;
      throw new ParameterError(WHERE, `expected a weight with the sign of its connection in ${where}, got ${got}`, {
        hint: HINT,
      });
    }
  }
}
