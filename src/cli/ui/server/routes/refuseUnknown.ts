import { RequestError } from './requestError.ts';

/**
 * Refuses fields that do not exist: without a misspelt filter, edit or wait, an action would do
 * something else than the user wants.
 * @param prefix precedes the names of the fields in errors
 * @throws {RequestError} 400
 */
export function refuseUnknown(
  values: Readonly<Record<string, unknown>>,
  names: readonly string[],
  prefix = '',
): void {
  const unknown = Object.keys(values).find((name) => !names.includes(name));
  if (unknown === undefined) return;
  const field = `${prefix}${unknown}`;
  throw new RequestError(400, `${field} is unknown; the fields are ${names.join(', ')}`, { field });
}
