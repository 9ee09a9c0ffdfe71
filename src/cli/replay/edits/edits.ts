import { encodeEnvelope } from '../../../envelope/edit.ts';
import { readEnvelope, type Envelope } from '../../../envelope/envelope.ts';
import { EnvelopeError } from '../../../envelope/envelopeError.ts';
import { decodeMember } from '../../../envelope/json/json.ts';
import type { JsonPointer } from './jsonPointer.ts';
import type { Original, Restored } from '../restore.ts';
import { EditError, setValue } from './setValue.ts';

/** The changes that a replay makes to each original. */
export interface Edits {
  readonly assignments: readonly Assignment[];
  readonly route: RouteEdit | undefined;
}

export interface Assignment {
  /** Begins with `payload` or `headers`. */
  readonly pointer: JsonPointer;
  /** Encoded JSON. */
  readonly value: Buffer;
}

export type RouteEdit =
  /** Moves the envelope to an actor of its route. */
  | { readonly to: string }
  /** Replaces the route; the envelope goes to the first actor. */
  | { readonly actors: readonly [first: string, ...rest: readonly string[]] };

export interface EditOptions {
  readonly happyEnd: string;
  readonly maxNesting: number;
  readonly maxMessageBytes: number;
}

/** Applies edits to an original. The bytes outside of the edited values are unchanged. */
export function editOriginal(
  original: Original,
  edits: Edits,
  options: EditOptions,
): Restored['original'] {
  if (edits.route === undefined && edits.assignments.length === 0) return original;
  try {
    const { to, body } = edit(original, edits, options);
    return { to, message: { ...original.message, body } };
  } catch (error) {
    if (error instanceof EditError || error instanceof EnvelopeError)
      return { lost: error.message };
    throw error;
  }
}

interface Edited {
  readonly to: string;
  readonly body: Buffer;
}

/**
 * Applies the edits, and checks that the result is valid for the actor that receives it.
 * @throws {EditError} when an edit does not apply
 * @throws {EnvelopeError} when the edited bytes are not an envelope
 */
function edit(
  { to, message }: Original,
  { assignments, route }: Edits,
  { happyEnd, maxNesting, maxMessageBytes }: EditOptions,
): Edited {
  let envelope = readUnedited(message.body);
  for (const { pointer, value } of assignments) {
    const { bytes, layout } = envelope;
    envelope = readAny(setValue(bytes, layout.root.range, pointer, value));
  }
  const edited: Edited =
    route === undefined ? { to, body: envelope.bytes } : editRoute(envelope, route);
  readEnvelope(edited.body, { maxNesting, isEnd: edited.to === happyEnd });
  if (edited.body.length > maxMessageBytes) {
    const limit = `the limit is ASYA_MAX_MESSAGE_BYTES (${maxMessageBytes})`;
    throw new EditError(
      `its edited envelope of ${edited.body.length} bytes is too large; ${limit}`,
    );
  }
  return edited;
}

function readUnedited(bytes: Buffer): Envelope {
  try {
    return readAny(bytes);
  } catch (error) {
    if (!(error instanceof EnvelopeError)) throw error;
    throw new EditError('its original is not an envelope, so it cannot be edited', {
      cause: error,
    });
  }
}

/** Reads an envelope whose route may be invalid, because an edit can replace it. */
function readAny(bytes: Buffer): Envelope {
  return readEnvelope(bytes, { maxNesting: Number.POSITIVE_INFINITY, isEnd: true });
}

function editRoute(envelope: Envelope, route: RouteEdit): Edited {
  if ('to' in route) {
    const current = findActor(envelope, route.to);
    return { to: route.to, body: encodeEnvelope(envelope, { current }) };
  }
  const [to] = route.actors;
  return { to, body: encodeEnvelope(envelope, { route: replaceActors(envelope, route.actors) }) };
}

/**
 * The index of an actor in the route. If the actor occurs several times, the first one at or after
 * the envelope's position is meant, or else the last one before it.
 */
function findActor({ layout, current }: Envelope, actor: string): number {
  const actors = decodeMember(layout.route, 'actors');
  const list: readonly unknown[] = Array.isArray(actors) ? actors : [];
  const next = list.indexOf(actor, Math.max(current, 0));
  const index = next >= 0 ? next : list.lastIndexOf(actor);
  if (index < 0) throw new EditError(`"${actor}" is not in its route`);
  return index;
}

/** Encodes the route with other actors. Its other members, such as `metadata`, are kept. */
function replaceActors({ bytes, layout }: Envelope, actors: readonly string[]): Buffer {
  const encoded = Buffer.from(JSON.stringify(actors));
  if (layout.route === undefined) return Buffer.from(`{"actors":${String(encoded)},"current":0}`);
  const { start, end } = layout.route.range;
  const route = bytes.subarray(start, end);
  const withActors = setValue(route, { start: 0, end: route.length }, ['actors'], encoded);
  const root = { start: 0, end: withActors.length };
  return setValue(withActors, root, ['current'], Buffer.from('0'));
}
