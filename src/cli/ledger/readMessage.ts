import { readEnvelope } from '../../envelope/envelope.ts';
import { EnvelopeError } from '../../envelope/envelopeError.ts';
import { readFailure } from '../../hop/failure/errorHeaders.ts';
import { readErrorReport } from '../../hop/failure/errorReport.ts';
import { wrapBytes } from '../../hop/readHop.ts';
import type { Delivery } from '../../transport/transport.ts';
import type { FanoutMark } from './fanouts.ts';
import type { TrackedEnvelope } from './ledger.ts';

const MAX_NESTING = 10_000;

/** Bounds the number of expected children, because any producer can write the header. */
const MAX_FANOUT_WIDTH = 1_000_000;

/**
 * Reads a message that a producer sent. Bytes that are not an envelope get the id under which a
 * sidecar sends them to error-end.
 */
export function readSent(body: Buffer): TrackedEnvelope {
  return { id: read(body, false).id, fanout: undefined };
}

/** Reads a message from the queue of an actor or an end. */
export function readReceived(body: Buffer): TrackedEnvelope {
  return read(body, true);
}

function read(body: Buffer, isEnd: boolean): TrackedEnvelope {
  try {
    const { id, headers } = readEnvelope(body, { maxNesting: MAX_NESTING, isEnd });
    return { id, fanout: isPlausible(headers.fanout) ? headers.fanout : undefined };
  } catch (error) {
    if (!(error instanceof EnvelopeError)) throw error;
    return { id: wrapBytes(body, 'unknown').id, fanout: undefined };
  }
}

function isPlausible(fanout: FanoutMark | undefined): boolean {
  return fanout !== undefined && fanout.total <= MAX_FANOUT_WIDTH;
}

export type FailedMessage = Pick<Delivery, 'body'> &
  Partial<Pick<Delivery, 'headers' | 'deadLetter'>>;

/**
 * Returns the fault code of a message in error-end's queue: of an error envelope, an original with
 * error headers, or a dead-lettered message. Returns `no error envelope` if there is no code.
 */
export function faultCodeOf(
  { body, headers = {}, deadLetter }: FailedMessage,
  errorEnd = '',
): string {
  const failure = readFailure({ headers, deadLetter }, errorEnd);
  return failure?.fault.code ?? codeInEnvelope(body) ?? 'no error envelope';
}

function codeInEnvelope(body: Buffer): string | undefined {
  try {
    const envelope = readEnvelope(body, { maxNesting: MAX_NESTING, isEnd: true });
    return readErrorReport(envelope)?.failure.fault.code;
  } catch (error) {
    if (!(error instanceof EnvelopeError)) throw error;
    return undefined;
  }
}
