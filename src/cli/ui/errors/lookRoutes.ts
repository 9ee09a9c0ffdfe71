import { isRecord } from '../../../isRecord.ts';
import { Fields, queryCount } from '../server/routes/fields.ts';
import { RequestError } from '../server/routes/requestError.ts';
import type { Answer, Route, RouteRequest } from '../server/routes/route.ts';
import { countArrived } from './countArrived.ts';
import type { ErrorMessage } from './contract.ts';
import { describeGroups, describeLook, describeRows, type Page } from './describeRows.ts';
import type { ErrorSource } from './errorSource.ts';
import type { IndexedError } from './index/errorIndex.ts';
import { filterIndex } from './index/indexFilter.ts';
import type { Looks, StoredLook } from './looks.ts';
import { readMessage } from './readMessage.ts';
import { readQueryFilter } from './requests/readFilter.ts';
import { refuseUnknown } from '../server/routes/refuseUnknown.ts';

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1_000;

/** The routes that take a look and read its index. They change nothing. */
export function createLookRoutes(
  source: ErrorSource,
  looks: Looks,
  archiveFolder: string,
): readonly Route[] {
  const lookOf = (request: RouteRequest): StoredLook => looks.find(request.parameter('look'));
  const matching = (request: RouteRequest): readonly IndexedError[] =>
    filterIndex(lookOf(request).index, readQueryFilter(request.query));
  return [
    {
      method: 'POST',
      path: '/api/errors/looks',
      handle: async ({ body, closed }) =>
        json(describeLook(await looks.take(readIsParked(body), closed), archiveFolder)),
    },
    {
      method: 'GET',
      path: '/api/errors/looks/:look',
      handle: (request) => json(describeLook(lookOf(request), archiveFolder)),
    },
    {
      method: 'GET',
      path: '/api/errors/looks/:look/arrived',
      handle: (request) => json(countArrived(lookOf(request), source)),
    },
    {
      method: 'GET',
      path: '/api/errors/looks/:look/groups',
      handle: (request) => json(describeGroups(matching(request))),
    },
    {
      method: 'GET',
      path: '/api/errors/looks/:look/rows',
      handle: (request) => json(describeRows(matching(request), readPage(request.query))),
    },
    {
      method: 'GET',
      path: '/api/errors/looks/:look/rows/:row',
      handle: async (request) => json(await readRow(lookOf(request), request, source)),
    },
  ];
}

function readRow(
  look: StoredLook,
  request: RouteRequest,
  source: ErrorSource,
): Promise<ErrorMessage> {
  const error = findRow(look, request.parameter('row'));
  return readMessage(look, error, source, request.closed);
}

function json(value: object): Answer {
  return { kind: 'json', value };
}

function readIsParked(body: unknown): boolean {
  const fields = new Fields(body);
  if (isRecord(body)) refuseUnknown(body, ['isParked']);
  return fields.flag('isParked');
}

function readPage(query: URLSearchParams): Page {
  const limit = queryCount(query, 'limit') ?? DEFAULT_LIMIT;
  if (limit < 1 || limit > MAX_LIMIT) {
    throw new RequestError(400, `limit must be from 1 to ${MAX_LIMIT}`, { field: 'limit' });
  }
  return { offset: queryCount(query, 'offset') ?? 0, limit };
}

/** @throws {RequestError} 404 */
function findRow({ index }: StoredLook, row: string): IndexedError {
  const error = /^\d{1,9}$/.test(row) ? index.rows[Number(row)] : undefined;
  if (error !== undefined) return error;
  throw new RequestError(404, `the look has no row "${row}"`);
}
