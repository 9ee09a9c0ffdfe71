import { KIB } from '../../units.ts';
import type { Call, Request } from '../runtime.ts';
import { encodeId } from './encodedId.ts';
import { idempotencyKeyOf } from './idempotencyKey.ts';

/** The limit of each list in the headers of a batch. */
export const BATCH_LISTS = {
  maxBytes: 4 * KIB,
  /** The largest entry of a request in a list, with its comma. */
  sizeOf({ envelope: { id, headers } }: Request): number {
    // The key ends with 16 digits, which are not computed here.
    const keyBytes = encodeId(`${id}.${headers.hops}.${'0'.repeat(16)}`).length;
    return Math.max(encodeId(id).length, keyBytes) + 1;
  },
};

/** The headers that list the items of a batch, in their order, as percent-encoded values. */
export function batchListsOf({ requests }: Call): readonly (readonly [string, string])[] {
  const list = (valueOf: (request: Request) => string): string => requests.map(valueOf).join(',');
  return [
    ['asya-batch', String(requests.length)],
    ['asya-envelope-id', list(({ envelope }) => encodeId(envelope.id))],
    ['asya-attempt', list(({ attempt }) => String(attempt))],
    ['asya-idempotency-key', list(({ envelope }) => encodeId(idempotencyKeyOf(envelope)))],
  ];
}
