import type { HeaderEdit } from '../envelope/edit.ts';
import type { Envelope } from '../envelope/envelope.ts';
import { HEADER, type Fanout } from '../envelope/headers.ts';
import { decodeMember, type RawObject } from '../envelope/json/json.ts';

/**
 * The headers that an envelope carries from hop to hop, for the next hop.
 * @param receivedAtMs the arrival of the hop, which begins the journey if the envelope has no start
 * @param returned headers that the runtime returned; they replace the envelope's own, except those
 *   of the journey
 * @param fanout the fan-out that the envelope becomes a child of
 */
export function journeyHeaders(
  { headers, layout }: Envelope,
  receivedAtMs: number,
  returned?: RawObject,
  fanout?: Fanout,
): HeaderEdit[] {
  const own = layout.headers;
  const set: HeaderEdit[] = [
    [HEADER.journeyId, headers.journeyId],
    [HEADER.startedAt, headers.startedAt ?? new Date(receivedAtMs).toISOString()],
    [HEADER.hops, headers.hops + 1],
  ];
  if (fanout !== undefined) set.push([HEADER.fanout, fanout]);
  else if (
    own?.members.has(HEADER.fanout) === true ||
    returned?.members.has(HEADER.fanout) === true
  ) {
    set.push([HEADER.fanout, headers.fanout ?? null]);
  }
  const deadline = decodeMember(own, HEADER.deadline);
  if (returned !== undefined && deadline !== undefined) {
    set.push([HEADER.deadline, deadline]);
  }
  if (returned !== undefined && hasReplyTo(own, returned)) {
    set.push(
      headers.replyTo === undefined
        ? [HEADER.replyTo, undefined]
        : [HEADER.replyTo, headers.replyTo],
    );
  }
  return set;
}

function hasReplyTo(...objects: readonly (RawObject | undefined)[]): boolean {
  return objects.some((object) => object?.members.has(HEADER.replyTo) === true);
}
