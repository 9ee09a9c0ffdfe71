import { parseDate } from '../../../../envelope/headers.ts';
import { RequestError } from '../../server/routes/requestError.ts';
import { refuseUnknown } from '../../server/routes/refuseUnknown.ts';
import type { IndexFilter } from '../index/indexFilter.ts';

const FIELDS = ['actor', 'code', 'text', 'id', 'since', 'until', 'group'] as const;

/** The query parameters of a page of rows. */
const PAGE_FIELDS: ReadonlySet<string> = new Set(['offset', 'limit']);

/**
 * Reads the `ErrorFilter` of a query string. An unknown name is an error, because a filter without
 * it would select more messages.
 * @throws {RequestError} 400
 */
export function readQueryFilter(query: URLSearchParams): IndexFilter {
  const entries = [...query].filter(([name]) => !PAGE_FIELDS.has(name));
  return readFilter(Object.fromEntries(entries), '');
}

/**
 * Reads a decoded `ErrorFilter`.
 * @param prefix precedes the names of the fields in errors
 * @throws {RequestError} 400
 */
export function readFilter(values: Readonly<Record<string, unknown>>, prefix: string): IndexFilter {
  refuseUnknown(values, FIELDS, prefix);
  const { since, until, ...texts } = readTexts(values, prefix);
  const sinceMs = readTime(`${prefix}since`, since);
  const untilMs = readTime(`${prefix}until`, until);
  if (sinceMs !== undefined && untilMs !== undefined && sinceMs >= untilMs) {
    const field = `${prefix}since`;
    throw new RequestError(400, `${field} must be earlier than until`, { field });
  }
  return {
    ...texts,
    ...(sinceMs === undefined ? {} : { sinceMs }),
    ...(untilMs === undefined ? {} : { untilMs }),
  };
}

type Texts = Partial<Record<(typeof FIELDS)[number], string>>;

function readTexts(values: Readonly<Record<string, unknown>>, prefix: string): Texts {
  const texts: Texts = {};
  for (const name of FIELDS) {
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    if (value === undefined) continue;
    if (typeof value !== 'string' || value === '') {
      const field = `${prefix}${name}`;
      throw new RequestError(400, `${field} must be a string that is not empty`, { field });
    }
    texts[name] = value;
  }
  return texts;
}

function readTime(field: string, text: string | undefined): number | undefined {
  const timeMs = text === undefined ? undefined : parseDate(text);
  if (text === undefined || timeMs !== undefined) return timeMs;
  const rule = 'a time such as 2026-11-29T15:00:00Z';
  throw new RequestError(400, `${field} must be ${rule}, not "${text}"`, { field });
}
