import type { Edit, Header } from './edit.ts';
import type { Envelope } from './envelope.ts';
import { errorPayload, leavesRoom } from './errorEnvelope.ts';
import type { Fault } from './errors.ts';
import { HEADER, PARKED_HEADER, type Fanout } from './headers.ts';
import { wrapBytes, type Dispatch, type Hop, type Outcome } from './hop.ts';
import { decodeJson, type RawObject } from './json.ts';
import type { Item } from './runtime/runtime.ts';
import { parkedQueue } from './transport/transport.ts';

/** Where this actor stands among the others. */
export interface Place {
  readonly actor: string;
  readonly happyEnd: string;
  readonly errorEnd: string;
  /** A terminal actor: its runtime is called, and nothing is routed. */
  readonly isEnd: boolean;
  readonly maxFanout: number;
  readonly maxMessageBytes: number;
}

/** What a runtime's answer means: on to the next actor, fanned out, or to happy-end. */
export function routeReply(hop: Hop, items: readonly Item[], place: Place): Outcome {
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
    return { kind: 'forward', name: 'forward', dispatches: [dispatchItem(hop.envelope, first, place)] };
  }
  const dispatches = items.map((item, index) =>
    dispatchItem(hop.envelope, item, place, childOf(hop.envelope, index, items.length)),
  );
  return { kind: 'forward', name: 'fanout', dispatches };
}

/** The envelope is sent on as it is: it has been through this actor before. */
export function sendOn(hop: Hop, to: string, place: Place): Outcome {
  const kind = to === place.happyEnd ? 'happy_end' : 'next';
  return {
    kind: 'forward',
    name: 'forwarded',
    dispatches: [{ to, kind, envelope: hop.envelope, edit: {} }],
  };
}

/** The journey ends here, at error-end; what error-end itself cannot take is parked. */
export function reject(hop: Hop, fault: Fault, place: Place, spent = false): Outcome {
  const parks = place.actor === place.errorEnd;
  const dispatch = parks ? park(hop, fault, place) : dispatchError(hop, hop.envelope, fault, place);
  const name = parks ? 'parked' : spent ? 'retry_spent' : 'error_end';
  return { kind: 'forward', name, dispatches: [dispatch], fault };
}

/** An error envelope round an envelope, on its way to error-end; always small enough to be published. */
export function dispatchError(hop: Hop, envelope: Envelope, fault: Fault, place: Place): Dispatch {
  // A dispatch that was sent on made its hop when it was first sent.
  const headers = hop.forward === undefined || isBytes(hop) ? journeyHeaders(envelope) : [];
  return { to: place.errorEnd, kind: 'error_end', ...wrapError(hop, envelope, fault, place, headers) };
}

/** An error-end keeps what came as it came, so that it can still be replayed, and says why in a header. */
function park(hop: Hop, fault: Fault, place: Place): Dispatch {
  const why: Header[] = [[PARKED_HEADER, { code: fault.code, message: fault.message.slice(0, 1024) }]];
  const parked = isBytes(hop)
    ? wrapError(hop, hop.envelope, fault, place, why)
    : { envelope: hop.envelope, edit: { headers: why } };
  return { to: parkedQueue(place.actor), kind: 'parked', ...parked };
}

function wrapError(
  hop: Hop,
  envelope: Envelope,
  fault: Fault,
  place: Place,
  headers: readonly Header[],
): Pick<Dispatch, 'envelope' | 'edit'> {
  const { actor, maxMessageBytes } = place;
  const report = { fault, actor, attempt: hop.attempt };
  if (isBytes(hop)) {
    const payload = errorPayload(envelope, { ...report, body: hop.delivery.body }, maxMessageBytes);
    return { envelope, edit: { payload, headers } };
  }
  if (leavesRoom(envelope, maxMessageBytes)) {
    return { envelope, edit: { payload: errorPayload(envelope, report, maxMessageBytes), headers } };
  }
  // What surrounds the payload is too large to go on: an envelope of our own stands for it.
  const standIn = wrapBytes(envelope.bytes, actor);
  const payload = errorPayload(standIn, { ...report, body: envelope.bytes }, maxMessageBytes);
  return { envelope: standIn, edit: { payload } };
}

/** What came is no envelope; the hop's envelope only stands for it. */
function isBytes({ refused }: Hop): boolean {
  return refused?.code === 'parse_error' || refused?.code === 'invalid_envelope';
}

function dispatchItem(envelope: Envelope, item: Item, place: Place, child?: Child): Dispatch {
  const { actors, current } = item.route ?? { actors: envelope.actors, current: envelope.current + 1 };
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
 * @param returned headers that a runtime gave in place of the envelope's own: it does not own the journey's
 * @param fanout which the envelope is a child of from here on
 */
function journeyHeaders({ headers, layout }: Envelope, returned?: RawObject, fanout?: Fanout): Header[] {
  const own = layout.headers;
  const set: Header[] = [
    [HEADER.journeyId, headers.journeyId],
    [HEADER.startedAt, headers.startedAt ?? new Date().toISOString()],
    [HEADER.hops, headers.hops + 1],
  ];
  if (fanout !== undefined) set.push([HEADER.fanout, fanout]);
  else if (own?.members.has(HEADER.fanout) === true || returned?.members.has(HEADER.fanout) === true) {
    set.push([HEADER.fanout, headers.fanout ?? null]);
  }
  const deadline = own?.members.get(HEADER.deadline);
  if (returned !== undefined && own !== undefined && deadline !== undefined) {
    set.push([HEADER.deadline, decodeJson(own.bytes, deadline) as string | null]);
  }
  return set;
}
