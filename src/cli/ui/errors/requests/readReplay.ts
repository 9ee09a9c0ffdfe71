import { isActorName } from '../../../../envelope/actorName.ts';
import { JsonError } from '../../../../envelope/json/jsonError.ts';
import { isRecord } from '../../../../isRecord.ts';
import { MINUTE, SECOND } from '../../../../units.ts';
import type { Edits, RouteEdit } from '../../../replay/edits/edits.ts';
import { parseJsonValue } from '../../../replay/edits/jsonValue.ts';
import type { Rate } from '../../../replay/rate.ts';
import { Fields } from '../../server/routes/fields.ts';
import { RequestError } from '../../server/routes/requestError.ts';
import type { ErrorIndex, IndexedError } from '../index/errorIndex.ts';
import { readSelection } from './readSelection.ts';
import { refuseUnknown } from '../../server/routes/refuseUnknown.ts';

/** A valid `ReplayRequest`. */
export interface ReplayPlan {
  readonly selected: readonly IndexedError[];
  readonly edits: Edits;
  readonly isCanary: boolean;
  readonly rate: Rate | undefined;
}

/** @throws {RequestError} 400 */
export function readReplay(body: unknown, index: ErrorIndex): ReplayPlan {
  const fields = new Fields(body);
  if (isRecord(body)) refuseUnknown(body, ['selection', 'edits', 'canary', 'rate']);
  const selected = readSelection(isRecord(body) ? body['selection'] : undefined, index);
  return {
    selected,
    edits: readEdits(isRecord(body) ? body['edits'] : undefined, selected.length),
    isCanary: fields.flag('canary'),
    rate: readRate(fields),
  };
}

function readEdits(edits: unknown = {}, selected: number): Edits {
  const fields = new Fields(edits, 'edits');
  if (isRecord(edits)) refuseUnknown(edits, ['payload', 'to', 'route'], 'edits.');
  const payload = fields.text('payload');
  const assignments =
    payload === undefined ? [] : [{ pointer: ['payload'], value: readPayload(payload, selected) }];
  return { assignments, route: readRouteEdit(fields) };
}

const PAYLOAD = { field: 'edits.payload' };

function readPayload(text: string, selected: number): Buffer {
  if (selected > 1) {
    const messages = `${selected.toLocaleString('en')} messages are selected`;
    const rule = 'edits.payload replaces the payload of one message';
    throw new RequestError(400, `${rule}; ${messages}`, PAYLOAD);
  }
  try {
    return parseJsonValue(text);
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    throw new RequestError(400, `edits.payload is not JSON: ${error.message}`, PAYLOAD);
  }
}

function readRouteEdit(fields: Fields): RouteEdit | undefined {
  const to = fields.text('to');
  const route = fields.texts('route');
  if (to !== undefined && route !== undefined) {
    throw fields.error('to', 'and edits.route exclude each other');
  }
  const invalid = [...(route ?? []), ...(to === undefined ? [] : [to])].find(
    (name: unknown) => !isActorName(name),
  );
  if (invalid !== undefined) {
    const field = route === undefined ? 'to' : 'route';
    throw fields.error(field, `has "${invalid}", which is not a valid actor name`);
  }
  if (to !== undefined) return { to };
  if (route === undefined) return undefined;
  const [first, ...rest] = route;
  if (first === undefined) throw fields.error('route', 'must name at least one actor');
  return { actors: [first, ...rest] };
}

const MAX_PER_SECOND = 10_000;

/** This process holds a message while it waits for its turn; the broker limits that time. */
const MAX_INTERVAL_MS = 5 * MINUTE;

function readRate(fields: Fields): Rate | undefined {
  const rate = fields.positiveNumber('rate');
  if (rate === undefined) return undefined;
  if (rate >= 1 && rate <= MAX_PER_SECOND && Number.isInteger(rate)) {
    return { count: rate, windowMs: SECOND };
  }
  const windowMs = SECOND / rate;
  if (rate < 1 && windowMs <= MAX_INTERVAL_MS) return { count: 1, windowMs };
  throw fields.error('rate', `must be an integer up to ${MAX_PER_SECOND}, or from 1/300 to 1`);
}

/** Describes the edits for the log. A payload is not logged. */
export function describeEdits({ edits: { assignments, route }, isCanary }: ReplayPlan): string[] {
  const to = route !== undefined && 'to' in route ? `to ${route.to}` : undefined;
  const actors = route !== undefined && 'actors' in route ? route.actors.join(', ') : undefined;
  return [
    assignments.length === 0 ? undefined : 'with a new payload',
    to,
    actors === undefined ? undefined : `with the route ${actors}`,
    isCanary ? 'with a canary' : undefined,
  ].filter((text) => text !== undefined);
}
