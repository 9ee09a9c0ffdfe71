import { readEnvelope } from '../../envelope/envelope.ts';
import { readErrorReport } from '../../hop/failure/errorReport.ts';
import { EnvelopeError } from '../../envelope/envelopeError.ts';
import { readFailure } from '../../hop/failure/errorHeaders.ts';
import { wrapBytes } from '../../hop/hop.ts';
import type { TrackedEnvelope } from './ledger.ts';
import type { Delivery } from '../../transport/transport.ts';
import type { FanoutMark } from './fanouts.ts';

const MAX_NESTING = 10_000;
// A header that anybody can write must not make the books count for ever.
const MAX_WIDTH = 1_000_000;

/**
 * What a producer sent; bytes that are no envelope get the id under which a sidecar sends them to
 * error-end.
 */
export function readSent(bytes: Buffer): TrackedEnvelope {
  return read(bytes, false);
}

/** What stands in the queue of an actor or an end. */
export function readReceived(bytes: Buffer): TrackedEnvelope {
  return read(bytes, true);
}

function read(bytes: Buffer, atEnd: boolean): TrackedEnvelope {
  try {
    const { id, headers } = readEnvelope(bytes, { maxNesting: MAX_NESTING, isEnd: atEnd });
    return { id, fanout: atEnd ? believable(headers.fanout) : undefined };
  } catch (error) {
    if (!(error instanceof EnvelopeError)) throw error;
    return { id: wrapBytes(bytes, 'unknown').id, fanout: undefined };
  }
}

function believable(fanout: FanoutMark | undefined): FanoutMark | undefined {
  return fanout !== undefined && fanout.total <= MAX_WIDTH ? fanout : undefined;
}

export type FailedMessage = Pick<Delivery, 'body'> &
  Partial<Pick<Delivery, 'headers' | 'deadLetter'>>;

/**
 * Why a message is at error-end, in whichever form it is there.
 * @returns the fault code; `no error envelope` where the message does not say
 */
export function faultCodeOf(
  { body, headers = {}, deadLetter }: FailedMessage,
  errorEnd = '',
): string {
  return readFailure({ headers, deadLetter }, errorEnd)?.fault.code ?? codeIn(body) ?? UNKNOWN;
}

const UNKNOWN = 'no error envelope';

function codeIn(body: Buffer): string | undefined {
  try {
    const envelope = readEnvelope(body, { maxNesting: MAX_NESTING, isEnd: true });
    return readErrorReport(envelope)?.failure.fault.code;
  } catch (error) {
    if (!(error instanceof EnvelopeError)) throw error;
    return undefined;
  }
}
