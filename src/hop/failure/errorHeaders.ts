import type { Failure, FaultCode } from '../../faults.ts';
import { TRANSPORT_HEADER, type Headers, type HeaderValue } from '../../transport/message.ts';
import type { DeadLetter, Delivery } from '../../transport/transport.ts';
import { truncateToBytes } from '../../unicode.ts';
import { KIB } from '../../units.ts';

const MAX_MESSAGE_BYTES = 4 * KIB;
const MAX_TYPE_BYTES = KIB / 4;

/** The error headers of an original that is sent to error-end without an error envelope. */
export function errorHeaders({ fault, actor, attempt, failedAt }: Failure): Headers {
  const { type } = fault;
  return {
    [TRANSPORT_HEADER.errorCode]: fault.code,
    [TRANSPORT_HEADER.errorMessage]: truncateToBytes(fault.message, MAX_MESSAGE_BYTES),
    ...(type === undefined
      ? {}
      : { [TRANSPORT_HEADER.errorType]: truncateToBytes(type, MAX_TYPE_BYTES) }),
    [TRANSPORT_HEADER.errorActor]: actor,
    [TRANSPORT_HEADER.errorAttempt]: attempt,
    ...(failedAt === undefined ? {} : { [TRANSPORT_HEADER.errorFailedAt]: failedAt }),
  };
}

/** The message headers with the reason why error-end has parked a message. */
export function parkedHeaders({
  code,
  message,
}: Pick<Failure['fault'], 'code' | 'message'>): Headers {
  return {
    [TRANSPORT_HEADER.parkedCode]: code,
    [TRANSPORT_HEADER.parkedMessage]: truncateToBytes(message, MAX_MESSAGE_BYTES),
  };
}

/**
 * The failure of a message in error-end's queue that is not an error envelope: an original with
 * error headers, or a message that the broker dead-lettered. Undefined for any other message.
 * @param errorEnd the name of error-end; a message that was dead-lettered from its own queue had
 *   been sent to it
 */
export function readFailure(
  { headers, deadLetter }: Pick<Delivery, 'headers' | 'deadLetter'>,
  errorEnd: string,
): Failure | undefined {
  const code = textOf(headers[TRANSPORT_HEADER.errorCode]);
  if (code !== undefined) return readErrorHeaders(headers, code, errorEnd);
  if (deadLetter === undefined || deadLetter.queue === errorEnd) return undefined;
  return failureOfDeadLetter(deadLetter, headers);
}

function readErrorHeaders(headers: Headers, code: string, errorEnd: string): Failure {
  const type = textOf(headers[TRANSPORT_HEADER.errorType]);
  return {
    fault: {
      code,
      message: textOf(headers[TRANSPORT_HEADER.errorMessage]) ?? '',
      ...(type === undefined ? {} : { type }),
    },
    actor: textOf(headers[TRANSPORT_HEADER.errorActor]) ?? errorEnd,
    attempt: countOf(headers[TRANSPORT_HEADER.errorAttempt]),
    failedAt: textOf(headers[TRANSPORT_HEADER.errorFailedAt]),
  };
}

function failureOfDeadLetter({ queue, reason, atMs }: DeadLetter, headers: Headers): Failure {
  const code: FaultCode = reason === 'delivery_limit' ? 'redelivered_too_often' : 'internal_error';
  return {
    fault: { code, message: `dead-lettered by the broker from queue "${queue}": ${reason}` },
    actor: queue,
    attempt: countOf(headers[TRANSPORT_HEADER.attempt]),
    failedAt: atMs === undefined ? undefined : new Date(atMs).toISOString(),
  };
}

function textOf(value: HeaderValue | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function countOf(value: HeaderValue | undefined): number {
  return Number.isSafeInteger(value) && Number(value) > 0 ? Number(value) : 1;
}
