import { isActorName } from '../../../envelope/actorName.ts';
import { HEADER, PARKED_HEADER, parseDate } from '../../../envelope/headers.ts';
import { JsonError } from '../../../envelope/json/jsonError.ts';
import { isReplyQueue, REPLY_QUEUE_RULE } from '../../../replyQueue.ts';
import { UsageError } from '../../command/exit.ts';
import type { Assignment, Edits, RouteEdit } from './edits.ts';
import { parseJsonValue } from './jsonValue.ts';
import { parsePointer, PointerError, type JsonPointer } from './jsonPointer.ts';

/** The values of the options that edit the originals. */
export interface EditArguments {
  readonly set: readonly string[];
  readonly to: string | undefined;
  readonly route: string | undefined;
}

/** @throws {UsageError} */
export function readEdits({ set, to, route }: EditArguments): Edits {
  return { assignments: set.map(readAssignment), route: readRouteEdit(to, route) };
}

/** @throws {UsageError} */
function readRouteEdit(to: string | undefined, route: string | undefined): RouteEdit | undefined {
  if (to !== undefined && route !== undefined) {
    throw new UsageError('--to and --route exclude each other');
  }
  if (to !== undefined) return { to: checkActor('--to', to) };
  if (route === undefined) return undefined;
  const [first = '', ...rest] = route
    .split(',')
    .map((actor) => checkActor('--route', actor.trim()));
  return { actors: [first, ...rest] };
}

function checkActor(option: string, name: string): string {
  const isValid: boolean = isActorName(name);
  if (isValid) return name;
  throw new UsageError(`${option}: "${name}" is not a valid actor name`);
}

/** Reads `POINTER=JSON`, which is split at the first `=`. */
function readAssignment(text: string): Assignment {
  const separator = text.indexOf('=');
  if (separator < 0) throw new UsageError(`--set must be POINTER=JSON, not "${text}"`);
  const option = `--set ${text.slice(0, separator)}`;
  const pointer = readPointer(text.slice(0, separator), option);
  const value = readValue(text.slice(separator + 1), option);
  checkTarget(pointer, value, option);
  return { pointer, value };
}

function readPointer(text: string, option: string): JsonPointer {
  try {
    return parsePointer(text);
  } catch (error) {
    if (!(error instanceof PointerError)) throw error;
    throw new UsageError(`${option}: ${error.message}`, { cause: error });
  }
}

/** The bytes of a JSON value, as they were given. */
function readValue(text: string, option: string): Buffer {
  try {
    return parseJsonValue(text);
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    throw new UsageError(describeBadValue(text, option, error), { cause: error });
  }
}

/** The usual mistake is a text without quotes: a shell removes one pair of them. */
function describeBadValue(text: string, option: string, { message }: JsonError): string {
  if (text === '') return `${option}: the value is empty; an empty text is '""'`;
  if (/^[[{"]/.test(text.trimStart())) return `${option}: the value is not JSON: ${message}`;
  const quoted = `${option}=${JSON.stringify(text)}`.slice('--set '.length);
  const argument = quoted.replaceAll("'", String.raw`'\''`);
  return `${option}: the value ${text} is not JSON; a text needs quotes: --set '${argument}'`;
}

/** The headers that the sidecars write, and for which no other value is valid. */
const SIDECAR_HEADERS: ReadonlySet<string> = new Set([
  HEADER.journeyId,
  HEADER.startedAt,
  HEADER.hops,
  HEADER.fanout,
  PARKED_HEADER,
  'traceparent',
  'tracestate',
]);

function checkTarget([field, header, ...below]: JsonPointer, value: Buffer, option: string): void {
  if (field === 'payload') return;
  if (field !== 'headers' || header === undefined) {
    throw new UsageError(`${option}: the pointer must be /payload, or below /payload or /headers`);
  }
  if (SIDECAR_HEADERS.has(header)) {
    throw new UsageError(`${option}: the sidecar sets the header "${header}"`);
  }
  if (header === HEADER.replyTo && below.length === 0 && !isReplyTo(value)) {
    throw new UsageError(`${option}: the value ${REPLY_QUEUE_RULE}, or null`);
  }
  if (header === HEADER.deadline && below.length === 0 && !isDeadline(value)) {
    throw new UsageError(`${option}: the value must be a date (RFC 3339) in quotes, or null`);
  }
}

function isReplyTo(encoded: Buffer): boolean {
  const value: unknown = JSON.parse(String(encoded));
  return value === null || isReplyQueue(value);
}

function isDeadline(encoded: Buffer): boolean {
  const value: unknown = JSON.parse(String(encoded));
  return value === null || (typeof value === 'string' && parseDate(value) !== undefined);
}
