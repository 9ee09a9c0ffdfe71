import type { ErrorMessage, ErrorRows, Look } from '../../../src/cli/ui/errors/contract.ts';
import type { Client } from '../../client/client.ts';
import { ProblemError } from '../../client/errors.ts';
import type { OpenMessage } from '../address/errorsAddress.ts';
import { messagePath, rowsPath } from './lookPaths.ts';

const NOT_FOUND = 404;
const GONE = 410;
/** Several messages may have the same id. */
const MAX_SAME_ID = 20;

/**
 * Reads a message from the queue. It is found by its id and its row; an address that comes from an
 * earlier look may have another row, and then the id alone decides.
 * @throws {ProblemError} 404 if the look does not contain the id, 410 if the message is gone
 */
export async function readMessage(
  client: Pick<Client, 'get'>,
  look: Look,
  { id, row }: OpenMessage,
  signal: AbortSignal,
): Promise<ErrorMessage> {
  const rows = await findRows(client, look, id, signal);
  const found =
    rows.find((each) => each.row === row) ?? rows.find(({ gone }) => gone === undefined) ?? rows[0];
  if (found === undefined) {
    throw new ProblemError(NOT_FOUND, { error: `"${id}" is not among the messages of this look` });
  }
  if (found.gone !== undefined) {
    const error = `the message is not in "${look.queue}" any more: it was ${found.gone}`;
    throw new ProblemError(GONE, { error });
  }
  return client.get<ErrorMessage>(messagePath(look, found.row), { signal });
}

async function findRows(client: Pick<Client, 'get'>, look: Look, id: string, signal: AbortSignal) {
  const part = { offset: 0, limit: MAX_SAME_ID };
  const { rows } = await client.get<ErrorRows>(rowsPath(look, { id }, part), { signal });
  return rows.filter((each) => each.id === id);
}
