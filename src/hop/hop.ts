import { createHash } from 'node:crypto';
import type { Edit } from '../envelope/edit.ts';
import { readEnvelope, type Envelope } from '../envelope/envelope.ts';
import { isActorName } from '../envelope/actorName.ts';
import type { Failure, Fault } from '../faults.ts';
import { EnvelopeError } from '../envelope/envelopeError.ts';
import type { PauseReason } from './pauseReason.ts';
import { type Headers, type Message, TRANSPORT_HEADER } from '../transport/message.ts';
import type { Delivery } from '../transport/transport.ts';

/** One envelope on its way through this actor: read once, at the edge, and trusted after. */
export interface Hop {
  readonly delivery: Delivery;
  readonly envelope: Envelope;
  /** Why the envelope cannot be taken, when the message itself is at fault. */
  readonly refused: Fault | undefined;
  /**
   * At error-end, of an original that came as it was: why. The envelope is then the error envelope
   * of that.
   */
  readonly failure?: Failure;
  /** 1 for the first. */
  readonly attempt: number;
  /** How often the runtime has asked for this message later. */
  readonly deferrals: number;
  /** The actor to which the envelope is only sent on: it could not be routed there before. */
  readonly forward: string | undefined;
  /** Whether it is to be the only call in the runtime: it may be what the runtime crashed of. */
  readonly alone: boolean;
  /**
   * The trace headers of every envelope that this hop dispatches; telemetry writes them. Undefined
   * removes one.
   */
  readonly context: Record<string, string | undefined>;
  /**
   * Its delivery is gone and too many like it are kept: what it holds is let go, and the broker
   * delivers it again.
   */
  abandoned: boolean;
}

/**
 * Why a dispatch leaves.
 *
 * - `next`: on to the next actor · `fanout`: the same for one of several · `happy_end`,
 *   `error_end`: to an end
 * - `retry`: to this actor's own retry queue · `parked`: put away by an error-end that could not
 *   take it
 */
export type DispatchKind = 'next' | 'fanout' | 'happy_end' | 'error_end' | 'retry' | 'parked';

/**
 * One envelope on its way out. It is encoded only when it is settled, so that layers can add
 * headers.
 */
export interface Dispatch {
  readonly to: string;
  readonly kind: DispatchKind;
  readonly envelope: Envelope;
  readonly edit: Edit;
  /**
   * The original, with the error in its headers: sent instead where the envelope is larger than a
   * message may be.
   */
  readonly asItCame?: Message;
}

/** What became of a hop, as people and metrics name it. */
export type OutcomeName =
  | 'forward'
  | 'fanout'
  | 'empty'
  | 'end'
  | 'forwarded'
  | 'retry'
  | 'retry_spent'
  | 'error_end'
  | 'give_back'
  | 'parked';

/** What is to become of a hop. */
export type Outcome =
  | {
      readonly kind: 'forward';
      readonly name: Exclude<OutcomeName, 'retry' | 'give_back'>;
      readonly dispatches: readonly Dispatch[];
      readonly fault?: Fault;
    }
  | {
      readonly kind: 'retry';
      readonly fault: Fault;
      readonly delayMs: number;
      /** The runtime asked for the delay: the attempt stays the same. */
      readonly deferral: boolean;
      /** The next attempt is the last, and the only call in the runtime. */
      readonly alone?: boolean;
    }
  | { readonly kind: 'give_back'; readonly reason: PauseReason; readonly message: string };

/** What became of a hop, once it is settled. */
export interface Settled {
  readonly name: OutcomeName;
  readonly fault?: Fault | undefined;
  /** How many envelopes went on. */
  readonly dispatched: number;
  /** The runtime was not asked: the outcome of an earlier delivery of the same message was used. */
  readonly reused?: boolean;
  readonly deferral?: boolean;
  readonly giveBack?: PauseReason;
}

/** Decides what is to become of a hop. A throw means that nobody decided. */
export type Handler = (hop: Hop) => Promise<Outcome>;

/** The whole hop: decide and settle. */
export type HopProcessor = (hop: Hop) => Promise<Settled>;

export interface ReadHopOptions {
  readonly actor: string;
  readonly isEnd: boolean;
  readonly maxNesting: number;
}

/** Reads a delivery. Never throws: what is wrong with the message becomes `refused`. */
export function readHop(delivery: Delivery, options: ReadHopOptions): Hop {
  const { headers } = delivery;
  const forward = headers[TRANSPORT_HEADER.forward];
  const isForwarded = typeof forward === 'string' && isActorName(forward);
  const { envelope, refused } = readBody(delivery.body, options.isEnd || isForwarded, options);
  return {
    delivery,
    envelope,
    refused,
    attempt: countIn(headers, TRANSPORT_HEADER.attempt) ?? 1,
    deferrals: countIn(headers, TRANSPORT_HEADER.deferrals) ?? 0,
    forward: isForwarded ? forward : undefined,
    alone: headers[TRANSPORT_HEADER.alone] === true,
    context: {},
    abandoned: false,
  };
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
    return {
      envelope: wrapBytes(body, actor),
      refused: { code: error.code, message: error.message },
    };
  }
}

function mismatch(envelope: Envelope, actor: string): Fault | undefined {
  const current = envelope.actors[envelope.current];
  if (current === actor) return undefined;
  return { code: 'route_mismatch', message: `envelope is for "${current}", this is "${actor}"` };
}

/** A header that counts; undefined when it is absent or no positive integer. */
function countIn(headers: Headers, name: string): number | undefined {
  const value = headers[name];
  return Number.isSafeInteger(value) && Number(value) > 0 ? Number(value) : undefined;
}

/**
 * An envelope that stands for bytes which are none; its id is made from them, so a redelivery has
 * the same.
 */
export function wrapBytes(bytes: Buffer, actor: string): Envelope {
  const id = `sha256-${createHash('sha256').update(bytes).digest('hex')}`;
  const wrapped = { id, route: { actors: [actor], current: 0 }, headers: {}, payload: null };
  return readEnvelope(Buffer.from(JSON.stringify(wrapped)), { maxNesting: 2 });
}
/** Milliseconds until the envelope's deadline; Infinity without one. */
export function timeLeftMs({ envelope }: Hop): number {
  const { deadlineMs } = envelope.headers;
  return deadlineMs === undefined ? Number.POSITIVE_INFINITY : deadlineMs - Date.now();
}
