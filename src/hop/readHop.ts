import { createHash } from 'node:crypto';
import { isActorName } from '../envelope/actorName.ts';
import { readEnvelope, type Envelope } from '../envelope/envelope.ts';
import { EnvelopeError } from '../envelope/envelopeError.ts';
import type { Fault } from '../faults.ts';
import { type Headers, TRANSPORT_HEADER } from '../transport/message.ts';
import type { Delivery } from '../transport/transport.ts';
import type { Hop } from './hop.ts';

export interface ReadHopOptions {
  readonly actor: string;
  readonly isEnd: boolean;
  readonly maxNesting: number;
}

/** Reads a delivery. Never throws: the fault of an unreadable message becomes `refused`. */
export function readHop(delivery: Delivery, options: ReadHopOptions): Hop {
  const { headers } = delivery;
  const forward = headers[TRANSPORT_HEADER.forward];
  const isForwarded = typeof forward === 'string' && isActorName(forward);
  const { envelope, refused } = readBody(delivery.body, options.isEnd || isForwarded, options);
  return {
    delivery,
    envelope,
    refused,
    receivedAtMs: Date.now(),
    attempt: countIn(headers, TRANSPORT_HEADER.attempt) ?? 1,
    deferrals: countIn(headers, TRANSPORT_HEADER.deferrals) ?? 0,
    forward: isForwarded ? forward : undefined,
    alone: headers[TRANSPORT_HEADER.alone] === true,
    traceHeaders: NO_HEADERS,
    isAbandoned: never,
  };
}

/**
 * An envelope that stands for bytes that are not an envelope. Its id is a hash of the bytes, so
 * that a redelivery has the same id.
 */
export function wrapBytes(bytes: Buffer, actor: string): Envelope {
  const id = `sha256-${createHash('sha256').update(bytes).digest('hex')}`;
  const wrapped = { id, route: { actors: [actor], current: 0 }, headers: {}, payload: null };
  return readEnvelope(Buffer.from(JSON.stringify(wrapped)), { maxNesting: 2 });
}

const NO_HEADERS = Object.freeze({});

function never(): boolean {
  return false;
}

function readBody(
  body: Buffer,
  atEnd: boolean,
  { actor, maxNesting }: ReadHopOptions,
): Pick<Hop, 'envelope' | 'refused'> {
  try {
    const envelope = readEnvelope(body, { maxNesting, isEnd: atEnd });
    return { envelope, refused: atEnd ? undefined : mismatch(envelope, actor) };
  } catch (error) {
    if (!(error instanceof EnvelopeError)) throw error;
    const refused: Fault = { code: error.code, message: error.message };
    return { envelope: wrapBytes(body, actor), refused };
  }
}

function mismatch(envelope: Envelope, actor: string): Fault | undefined {
  const current = envelope.actors[envelope.current];
  if (current === actor) return undefined;
  return { code: 'route_mismatch', message: `envelope is for "${current}", this is "${actor}"` };
}

/** The value of a counting header; undefined when it is absent or not a positive integer. */
function countIn(headers: Headers, name: string): number | undefined {
  const value = headers[name];
  return Number.isSafeInteger(value) && Number(value) > 0 ? Number(value) : undefined;
}
