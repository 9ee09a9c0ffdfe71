import type { SendRequest } from '../../src/cli/ui/send/contract.ts';
import { findJsonError } from '../components/json/findJsonError.ts';
import { createRows, namesOf, type RouteRows } from './routeRows.ts';

/** The texts of the form. */
export interface SendForm {
  readonly route: RouteRows;
  /** Empty for a new id. */
  readonly id: string;
  /** JSON text of an object. */
  readonly headers: string;
  /** JSON text. */
  readonly payload: string;
  readonly wait: string;
}

/** The problem of a field: `payload`, `actors[1]`. */
export interface FieldProblem {
  readonly field: string;
  /** One line. */
  readonly text: string;
}

export const EMPTY_FORM: SendForm = {
  route: createRows([]),
  id: '',
  headers: '{}',
  payload: '{}',
  wait: '30s',
};

/** The actors of an address, such as `actors=price,stock`; undefined if it has none. */
export function routeOf(params: URLSearchParams): RouteRows | undefined {
  const names = (params.get('actors') ?? '').split(',').map((name) => name.trim());
  const given = names.filter((name) => name !== '');
  return given.length === 0 ? undefined : createRows(given);
}

export function toRequest({ route, id, headers, payload, wait }: SendForm): SendRequest {
  return {
    actors: namesOf(route),
    payload,
    ...(id === '' ? {} : { id }),
    ...(headers.trim() === '{}' ? {} : { headers }),
    ...(wait.trim() === '' ? {} : { wait: wait.trim() }),
  };
}

/** Finds what prevents a form from being sent; the server checks the rest. */
export function findProblem({ route, headers, payload }: SendForm): FieldProblem | undefined {
  if (namesOf(route).length === 0) return { field: 'actors[0]', text: 'an actor is required' };
  if (findJsonError(headers) !== undefined)
    return { field: 'headers', text: 'the headers are not valid JSON' };
  if (findJsonError(payload) !== undefined)
    return { field: 'payload', text: 'the payload is not valid JSON' };
  return undefined;
}

/** The problem that the server has found, without the name of the field in front of it. */
export function toFieldProblem(error: string, field: string): FieldProblem {
  const name = field === 'actors' ? 'actors[0]' : field;
  return {
    field: name,
    text: error.startsWith(`${field}: `) ? error.slice(field.length + 2) : error,
  };
}
