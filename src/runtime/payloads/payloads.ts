import { payloadOf } from '../../envelope/envelope.ts';
import { readBatchReply } from '../reply/batchReply.ts';
import { toCallReply } from '../reply/callReply.ts';
import { readPayloadReply } from '../reply/payloadReply.ts';
import { KIB } from '../../units.ts';
import type { Call, CallReply } from '../runtime.ts';

/**
 * Encodes the body of a call in the protocols `payload` and `http`: the payload, or in a batch an
 * array of payloads. Large payloads are not copied.
 * @returns the parts of the body, in order
 */
export function encodePayloads({ requests, batch }: Call): readonly Buffer[] {
  return batch === undefined
    ? [payloadOf(requests[0].envelope)]
    : encodeArray(requests.map(({ envelope }) => payloadOf(envelope)));
}

/**
 * Reads the body of a reply in the same protocols.
 * @param maxNesting the deepest nesting of objects and arrays in a payload
 */
export function readPayloads(
  body: Buffer,
  { requests, batch }: Call,
  maxNesting: number,
): CallReply {
  return batch === undefined
    ? toCallReply(readPayloadReply(body, maxNesting))
    : readBatchReply(body, requests.length, maxNesting);
}

/** Payloads up to this size are copied, so that a batch of many has few parts. */
const MAX_COPIED_BYTES = 16 * KIB;

const OPEN = Buffer.from('[');
const COMMA = Buffer.from(',');
const CLOSE = Buffer.from(']');

function encodeArray(payloads: readonly Buffer[]): readonly Buffer[] {
  const parts: Buffer[] = [];
  let small: Buffer[] = [];
  for (const [index, payload] of payloads.entries()) {
    small.push(index === 0 ? OPEN : COMMA);
    if (payload.length <= MAX_COPIED_BYTES) {
      small.push(payload);
      continue;
    }
    parts.push(Buffer.concat(small), payload);
    small = [];
  }
  return [...parts, Buffer.concat([...small, CLOSE])];
}
