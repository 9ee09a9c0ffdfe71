import { ACTOR_NAME, isActorName } from './actorName.ts';
import { invalidEnvelope } from './envelopeError.ts';
import { cursorAt, decodeMember, kindAt, type ByteRange, type RawObject } from './json/json.ts';

export const ROUTE_FIELDS: ReadonlySet<string> = new Set(['actors', 'current', 'metadata']);

/** The actors of a route and the index of the current one. */
interface Route {
  readonly actors: readonly string[];
  readonly current: number;
}

/** @throws {EnvelopeError} naming the field and the broken rule */
export function readRoute(route: RawObject | undefined): Route {
  if (route === undefined) throw invalidEnvelope('route is required');
  const actors = decodeMember(route, 'actors');
  if (!Array.isArray(actors) || actors.length === 0) {
    throw invalidEnvelope('route.actors must be a non-empty array');
  }
  if (!actors.every(isActorName)) {
    const index = actors.findIndex((actor) => !isActorName(actor));
    throw invalidEnvelope(`route.actors[${index}] must be an actor's name (${ACTOR_NAME.source})`);
  }
  const current = decodeMember(route, 'current');
  if (typeof current !== 'number' || actors[current] === undefined) {
    throw invalidEnvelope(`route.current must be an integer from 0 to ${actors.length - 1}`);
  }
  const metadata = route.members.get('metadata');
  if (metadata !== undefined && !isObjectOrNull(route.bytes, metadata)) {
    throw invalidEnvelope('route.metadata must be an object');
  }
  return { actors, current };
}

/** Reads a route in any state. Invalid actors are ignored, an invalid position counts as 0. */
export function readRouteAtEnd(route: RawObject | undefined): Route {
  const actors = decodeMember(route, 'actors');
  const current = decodeMember(route, 'current');
  return {
    actors: Array.isArray(actors) ? actors.filter(isActorName) : [],
    current: Number.isSafeInteger(current) ? Number(current) : 0,
  };
}

function isObjectOrNull(bytes: Buffer, range: ByteRange): boolean {
  const kind = kindAt(cursorAt(bytes, range));
  return kind === 'object' || kind === 'null';
}
