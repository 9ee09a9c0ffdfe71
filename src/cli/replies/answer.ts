import { payloadOf, readEnvelope, type Envelope } from '../../envelope/envelope.ts';
import { EnvelopeError } from '../../envelope/envelopeError.ts';
import type { Fanout } from '../../envelope/headers.ts';
import type { Failure } from '../../faults.ts';
import { readFailure } from '../../hop/failure/errorHeaders.ts';
import { readErrorReport } from '../../hop/failure/errorReport.ts';
import { TRANSPORT_HEADER, type Message } from '../../transport/message.ts';

/** The result of an envelope, or of one child of its fan-out. */
export interface Answer {
  /** The id of the envelope that a sidecar has sent to an end. */
  readonly id: string;
  readonly journeyId: string;
  readonly fanout: Fanout | undefined;
  readonly result: Result;
}

/** `done` at happy-end, with the final payload as received; `failed` at error-end. */
export type Result =
  | { readonly kind: 'done'; readonly payload: Buffer }
  | { readonly kind: 'failed'; readonly failure: AnswerFailure };

export type AnswerFailure = Omit<Failure, 'actor' | 'attempt'> &
  Partial<Pick<Failure, 'actor' | 'attempt'>>;

/** Reads a copy in a reply queue. Returns undefined for a message of another program. */
export function readAnswer(copy: Message): Answer | undefined {
  const end = copy.headers[TRANSPORT_HEADER.end];
  const envelope = end === 'happy_end' || end === 'error_end' ? tryRead(copy.body) : undefined;
  if (envelope === undefined) return undefined;
  const { id, headers } = envelope;
  const result: Result =
    end === 'happy_end'
      ? { kind: 'done', payload: payloadOf(envelope) }
      : { kind: 'failed', failure: failureOf(copy, envelope) };
  return { id, journeyId: headers.journeyId, fanout: headers.fanout, result };
}

/** The failure in an error envelope, or in the headers of an original that was sent unchanged. */
function failureOf({ headers }: Message, envelope: Envelope): AnswerFailure {
  return (
    readFailure({ headers }, '') ??
    readErrorReport(envelope)?.failure ?? {
      fault: { code: 'internal_error', message: 'the copy does not contain the error' },
      failedAt: undefined,
    }
  );
}

/** The sidecar that sent the copy has checked the nesting. */
function tryRead(body: Buffer): Envelope | undefined {
  try {
    return readEnvelope(body, { maxNesting: Number.POSITIVE_INFINITY, isEnd: true });
  } catch (error) {
    if (error instanceof EnvelopeError) return undefined;
    throw error;
  }
}
