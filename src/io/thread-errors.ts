import { type TransferHandler, transferHandlers } from 'comlink';
import * as errors from '../base/errors.ts';
import { VolleyError } from '../base/errors.ts';

/** What comlink's own handler is given: a thrown value. */
interface Thrown {
  readonly value: unknown;
}

/** An error of ours as plain data. */
type PlainError = Pick<VolleyError, 'name' | 'message' | 'where' | 'hint' | 'fields' | 'stack'>;

type Sent = { readonly volley: PlainError } | { readonly other: unknown };

function revive({ name, message, where, hint, fields, stack }: PlainError): VolleyError {
  const known = errors as unknown as Readonly<Record<string, typeof VolleyError>>;
  const error = new (known[name] ?? VolleyError)(where, '', { hint, fields });
  return Object.assign(error, { message, stack });
}

/** Whether this thread's comlink knows the handler already. */
let installed = false;

/**
 * Lets Volley's errors cross from a worker thread with their type, hint and fields; comlink alone keeps only the message.
 * To be called on both sides.
 */
export function carryErrors(): void {
  if (installed) return;
  installed = true;
  const plain = transferHandlers.get('throw') as TransferHandler<Thrown, unknown>;
  const handler: TransferHandler<Thrown, Sent> = {
    canHandle: plain.canHandle,
    serialize({ value }) {
      if (value instanceof VolleyError) {
        const { name, message, where, hint, fields, stack } = value;
        return [{ volley: { name, message, where, hint, fields, stack } }, []];
      }
      const [other, transfer] = plain.serialize({ value });
      return [{ other }, transfer];
    },
    deserialize(sent) {
      if ('volley' in sent) throw revive(sent.volley);
      return plain.deserialize(sent.other);
    },
  };
  transferHandlers.set('throw', handler);
}
