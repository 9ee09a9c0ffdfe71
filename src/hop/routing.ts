import type { Edit, HeaderEdit } from '../envelope/edit.ts';
import type { Envelope } from '../envelope/envelope.ts';
import { errorPayload } from './failure/errorEnvelope.ts';
import { isUnreadable, type Failure, type Fault } from '../faults.ts';
import { errorHeaders, parkedHeaders } from './failure/errorHeaders.ts';
import { HEADER, PARKED_HEADER, type Fanout } from '../envelope/headers.ts';
import type { Dispatch, Hop, Outcome } from './hop.ts';
import { foreignHeaders, type Headers, type Message } from '../transport/message.ts';
import { decodeJson, type RawObject } from '../envelope/json/json.ts';
import type { Item } from '../runtime/runtime.ts';
import { parkedQueue } from '../transport/queues.ts';
import { truncate } from '../unicode.ts';

/** Where this actor stands among the others. */
export interface ActorRouting {
  readonly actor: string;
  readonly happyEnd: string;
  readonly errorEnd: string;
  /** A terminal actor: its runtime is called, and nothing is routed. */
  readonly isEnd: boolean;
  readonly maxFanout: number;
  readonly maxMessageBytes: number;
}

/** What a runtime's answer means: on to the next actor, fanned out, or to happy-end. */
export function routeReply(hop: Hop, items: readonly Item[], place: ActorRouting): Outcome {
  if (place.isEnd) return { kind: 'forward', name: 'end', dispatches: [] };
  if (items.length > place.maxFanout) {
    const message = `the runtime answered ${items.length} items, over the limit of ${place.maxFanout}`;
    return reject(hop, { code: 'fanout_too_wide', message }, place);
  }
  const [first, second] = items;
  if (first === undefined) {
    const dispatch: Dispatch = {
      to: place.happyEnd,
      kind: 'happy_end',
      envelope: hop.envelope,
      edit: { headers: journeyHeaders(hop.envelope) },
    };
    return { kind: 'forward', name: 'empty', dispatches: [dispatch] };
  }
  if (second === undefined) {
    return {
      kind: 'forward',
      name: 'forward',
      dispatches: [dispatchItem(hop.envelope, first, place)],
    };
  }
  const dispatches = items.map((item, index) =>
    dispatchItem(hop.envelope, item, place, childOf(hop.envelope, index, items.length)),
  );
  return { kind: 'forward', name: 'fanout', dispatches };
}

/** The envelope is sent on as it is: it has been through this actor before. */
export function resend(hop: Hop, to: string, place: ActorRouting): Outcome {
  const kind = to === place.happyEnd ? 'happy_end' : 'next';
  return {
    kind: 'forward',
    name: 'forwarded',
    dispatches: [{ to, kind, envelope: hop.envelope, edit: {} }],
  };
}

/** What an error envelope keeps whole. */
export interface Original {
  /** Only stands for a message that is not one. */
  readonly envelope: Envelope;
  readonly isEnvelope: boolean;
  /** The message in which it came. */
  readonly message: Message;
}

/** The journey ends here, at error-end; what error-end itself cannot handle is parked. */
export function reject(hop: Hop, fault: Fault, place: ActorRouting, spent = false): Outcome {
  const parks = place.actor === place.errorEnd;
  const dispatch = parks ? park(hop, fault, place) : dispatchError(hop, fault, place);
  const name = parks ? 'parked' : spent ? 'retry_spent' : 'error_end';
  return { kind: 'forward', name, dispatches: [dispatch], fault };
}

/**
 * An error envelope on its way to error-end. It is the original as it came, with the error in its
 * message headers, where the two are too large for one message.
 * @param original what failed; by default what the hop has received
 */
export function dispatchError(
  hop: Hop,
  fault: Fault,
  place: ActorRouting,
  original = originalOf(hop),
): Dispatch {
  const { envelope, isEnvelope, message } = original;
  const failure = failureAt(hop, fault, place);
  // A dispatch that is sent on made its hop when it was first sent.
  const isCounted = hop.forward !== undefined && isEnvelope;
  return {
    to: place.errorEnd,
    kind: 'error_end',
    envelope,
    edit: {
      payload: wrap(original, failure, place),
      headers: isCounted ? [] : journeyHeaders(envelope),
    },
    asItCame: withForeignHeaders(message, errorHeaders(failure)),
  };
}

/**
 * Error-end keeps what came, so that it can still be replayed, and says in a header why it could
 * not handle it.
 */
function park(hop: Hop, fault: Fault, place: ActorRouting): Dispatch {
  const { code, message } = fault;
  const original = originalOf(hop);
  const failure = original.isEnvelope ? hop.failure : failureAt(hop, fault, place);
  const why: HeaderEdit[] = [[PARKED_HEADER, { code, message: truncate(message, 1024) }]];
  return {
    to: parkedQueue(place.actor),
    kind: 'parked',
    envelope: hop.envelope,
    edit: {
      headers: why,
      ...(original.isEnvelope || failure === undefined
        ? {}
        : { payload: wrap(original, failure, place) }),
    },
    asItCame: withForeignHeaders(hop.delivery, {
      ...(failure === undefined ? {} : errorHeaders(failure)),
      ...parkedHeaders(fault),
    }),
  };
}

function originalOf({ envelope, refused, delivery }: Hop): Original {
  const isEnvelope = refused === undefined || !isUnreadable(refused);
  return { envelope, isEnvelope, message: delivery };
}

function failureAt({ attempt }: Hop, fault: Fault, { actor }: ActorRouting): Failure {
  return { fault, actor, attempt, failedAt: new Date().toISOString() };
}

function wrap(
  { envelope, isEnvelope, message }: Original,
  failure: Failure,
  place: ActorRouting,
): Buffer {
  const { maxMessageBytes } = place;
  const kept = isEnvelope ? undefined : withForeignHeaders(message);
  return errorPayload(envelope, failure, { message: kept, maxMessageBytes });
}

/** A message without the headers of its last publish. */
function withForeignHeaders({ body, headers, properties }: Message, more: Headers = {}): Message {
  return { body, headers: { ...foreignHeaders(headers), ...more }, properties };
}

function dispatchItem(
  envelope: Envelope,
  item: Item,
  place: ActorRouting,
  child?: Child,
): Dispatch {
  const { actors, current } = item.route ?? {
    actors: envelope.actors,
    current: envelope.current + 1,
  };
  const next = actors[current];
  return {
    to: next ?? place.happyEnd,
    kind: next === undefined ? 'happy_end' : child === undefined ? 'next' : 'fanout',
    envelope,
    edit: {
      id: child?.id,
      parentId: child?.parentId,
      current,
      route: item.route?.bytes,
      baseHeaders: item.headers,
      headers: journeyHeaders(envelope, item.headers, child?.fanout),
      payload: item.payload,
    },
  };
}

/** What tells one child of a fan-out from the others. */
interface Child extends Pick<Edit, 'id' | 'parentId'> {
  readonly fanout: Fanout;
}

function childOf({ id, headers }: Envelope, index: number, total: number): Child {
  const hop = headers.hops;
  const fanout: Fanout = { of: id, index, total, hop };
  // The first child keeps the id, so a caller who follows it still can.
  if (index === 0) return { fanout };
  return { id: `${id}.${hop}.${index}`, parentId: id, fanout };
}

/**
 * The headers that carry a journey on, one hop further.
 * @param returned headers that a runtime gave in place of the envelope's own: it does not own the
 * journey's
 * @param fanout which the envelope is a child of from here on
 */
export function journeyHeaders(
  { headers, layout }: Envelope,
  returned?: RawObject,
  fanout?: Fanout,
): HeaderEdit[] {
  const own = layout.headers;
  const set: HeaderEdit[] = [
    [HEADER.journeyId, headers.journeyId],
    [HEADER.startedAt, headers.startedAt ?? new Date().toISOString()],
    [HEADER.hops, headers.hops + 1],
  ];
  if (fanout !== undefined) set.push([HEADER.fanout, fanout]);
  else if (
    own?.members.has(HEADER.fanout) === true ||
    returned?.members.has(HEADER.fanout) === true
  ) {
    set.push([HEADER.fanout, headers.fanout ?? null]);
  }
  const deadline = own?.members.get(HEADER.deadline);
  if (returned !== undefined && own !== undefined && deadline !== undefined) {
    set.push([HEADER.deadline, decodeJson(own.bytes, deadline) as string | null]);
  }
  return set;
}
