import { isRecord } from '../../../../isRecord.ts';
import { Fields } from '../../server/routes/fields.ts';
import { RequestError } from '../../server/routes/requestError.ts';
import type { ErrorIndex, IndexedError } from '../index/errorIndex.ts';
import { filterIndex } from '../index/indexFilter.ts';
import { readFilter } from './readFilter.ts';
import { refuseUnknown } from '../../server/routes/refuseUnknown.ts';

/**
 * Reads the `selection` of an action, and finds its messages in the index. Rows that are gone
 * remain in a selection of rows; they will be missing.
 * @throws {RequestError} 400
 */
export function readSelection(selection: unknown, index: ErrorIndex): readonly IndexedError[] {
  if (!isRecord(selection)) throw invalid('selection must be an object');
  refuseUnknown(selection, ['rows', 'filter'], 'selection.');
  const { filter } = selection;
  const rows = new Fields(selection, 'selection').indexes('rows');
  if ((rows === undefined) === (filter === undefined)) {
    throw invalid('selection must have either rows or filter');
  }
  const found = rows === undefined ? select(index, filter) : pick(index, rows);
  if (found.length > 0) return found;
  throw invalid('selection selects no message that is in the queue');
}

/** The messages that match and are in the queue. */
function select(index: ErrorIndex, filter: unknown): readonly IndexedError[] {
  if (!isRecord(filter)) throw invalid('selection.filter must be an object', 'selection.filter');
  const matching = filterIndex(index, readFilter(filter, 'selection.filter.'));
  return matching.filter(({ gone }) => gone === undefined);
}

function pick(index: ErrorIndex, rows: readonly number[]): readonly IndexedError[] {
  return [...new Set(rows)].map((row) => {
    const error = index.rows[row];
    if (error !== undefined) return error;
    throw invalid(`selection.rows: the look has no row ${row}`, 'selection.rows');
  });
}

function invalid(text: string, field = 'selection'): RequestError {
  return new RequestError(400, text, { field });
}
