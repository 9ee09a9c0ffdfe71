import type { Edit } from '../envelope/edit.ts';
import type { Envelope } from '../envelope/envelope.ts';
import { nestFanout, type Fanout } from '../envelope/headers.ts';
import type { Item } from '../runtime/runtime.ts';
import type { ActorRouting, Dispatch, Hop, Outcome } from './hop.ts';
import { journeyHeaders } from './journeyHeaders.ts';
import { reject } from './rejection.ts';

/** Routes a reply: one item to the next actor, several as a fan-out, none to happy-end. */
export function routeReply(hop: Hop, items: readonly Item[], routing: ActorRouting): Outcome {
  if (routing.isEnd) return { kind: 'complete', name: 'end', dispatches: [] };
  if (items.length > routing.maxFanout) {
    const message = `the runtime returned ${items.length} items; the limit is ${routing.maxFanout}`;
    return reject(hop, { code: 'fanout_too_wide', message }, routing);
  }
  const [first, second] = items;
  if (first === undefined) {
    return { kind: 'complete', name: 'empty', dispatches: [endJourney(hop, routing)] };
  }
  if (second === undefined) {
    const dispatches = [dispatchItem(hop, first, routing)];
    return { kind: 'complete', name: 'forward', dispatches };
  }
  const dispatches = items.map((item, index) =>
    dispatchItem(hop, item, routing, childOf(hop.envelope, index, items.length)),
  );
  return { kind: 'complete', name: 'fanout', dispatches };
}

function endJourney({ envelope, receivedAtMs }: Hop, { happyEnd }: ActorRouting): Dispatch {
  const headers = journeyHeaders(envelope, receivedAtMs);
  return { to: happyEnd, kind: 'happy_end', envelope, edit: { headers } };
}

function dispatchItem(
  { envelope, receivedAtMs }: Hop,
  item: Item,
  routing: ActorRouting,
  child?: Child,
): Dispatch {
  const { actors, current } = item.route ?? {
    actors: envelope.actors,
    current: envelope.current + 1,
  };
  const next = actors[current];
  return {
    to: next ?? routing.happyEnd,
    kind: next === undefined ? 'happy_end' : child === undefined ? 'next' : 'fanout',
    envelope,
    edit: {
      id: child?.id,
      parentId: child?.parentId,
      current,
      route: item.route?.bytes,
      baseHeaders: item.headers,
      headers: journeyHeaders(envelope, receivedAtMs, item.headers, child?.fanout),
      payload: item.payload,
    },
    ...(child === undefined ? {} : { fanoutSize: child.fanout.total }),
  };
}

/** The identity of one child of a fan-out. */
interface Child extends Pick<Edit, 'id' | 'parentId'> {
  readonly fanout: Fanout;
}

function childOf({ id, headers }: Envelope, index: number, total: number): Child {
  const hop = headers.hops;
  const fanout = nestFanout({ of: id, index, total, hop }, headers.fanout);
  // The first child keeps the id, so that the id of the first envelope stays valid to the end.
  if (index === 0) return { fanout };
  return { id: `${id}.${hop}.${index}`, parentId: id, fanout };
}
