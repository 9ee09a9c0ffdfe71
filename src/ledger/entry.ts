import { payloadOf, readEnvelope } from '../envelope.ts';
import { EnvelopeError } from '../errors.ts';
import { wrapBytes } from '../hop.ts';
import type { Entry } from '../ledger.ts';
import type { FanoutMark } from './fanouts.ts';

const MAX_NESTING = 10_000;
// A header that anybody can write must not make the books count for ever.
const MAX_WIDTH = 1_000_000;

/** What a producer sent; bytes that are no envelope get the id under which a sidecar sends them to error-end. */
export function readSent(bytes: Buffer): Entry {
  return read(bytes, false);
}

/** What stands in the queue of an actor or an end. */
export function readArrived(bytes: Buffer): Entry {
  return read(bytes, true);
}

function read(bytes: Buffer, atEnd: boolean): Entry {
  try {
    const { id, headers } = readEnvelope(bytes, { maxNesting: MAX_NESTING, atEnd });
    return { id, fanout: atEnd ? believable(headers.fanout) : undefined };
  } catch (error) {
    if (!(error instanceof EnvelopeError)) throw error;
    return { id: wrapBytes(bytes, 'unknown').id, fanout: undefined };
  }
}

function believable(fanout: FanoutMark | undefined): FanoutMark | undefined {
  return fanout !== undefined && fanout.total <= MAX_WIDTH ? fanout : undefined;
}

/** Why an envelope is at error-end; what is no error envelope was put there by the broker. */
export function codeOf(bytes: Buffer): string {
  try {
    const envelope = readEnvelope(bytes, { maxNesting: MAX_NESTING, atEnd: true });
    const payload: unknown = JSON.parse(payloadOf(envelope).toString());
    return codeIn(payload) ?? DEAD_LETTER;
  } catch (error) {
    if (!(error instanceof EnvelopeError)) throw error;
    return DEAD_LETTER;
  }
}

const DEAD_LETTER = 'no error envelope';

function codeIn(payload: unknown): string | undefined {
  if (!isRecord(payload) || !isRecord(payload['details'])) return undefined;
  const { code } = payload['details'];
  return typeof code === 'string' ? code : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
