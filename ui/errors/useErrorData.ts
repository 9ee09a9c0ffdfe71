import { useState } from 'preact/hooks';
import type {
  ErrorGroups,
  ErrorMessage,
  ErrorRows,
  Look,
} from '../../src/cli/ui/errors/contract.ts';
import type { Client } from '../client/client.ts';
import type { ErrorsAddress } from './address/errorsAddress.ts';
import { groupsPath, rowsPath } from './data/lookPaths.ts';
import { readMessage } from './data/readMessage.ts';
import { useRequest, type Requested } from './data/useRequest.ts';
import { PAGE_SIZE } from './list/Pager.tsx';

export interface ErrorData {
  readonly groups: Requested<ErrorGroups>;
  readonly rows: Requested<ErrorRows>;
  readonly message: Requested<ErrorMessage>;
  /** Reads the open message again. */
  readonly retryMessage: () => void;
}

/**
 * What the address shows of a look.
 * @param version changes when messages of the look may have left the queue
 */
export function useErrorData(
  client: Client,
  look: Look | undefined,
  address: ErrorsAddress,
  version: number,
): ErrorData {
  const { filter, page, show, message } = address;
  const [attempt, setAttempt] = useState(0);
  const part = { offset: page * PAGE_SIZE, limit: PAGE_SIZE };
  const groupsOf = look && groupsPath(look, filter);
  const rowsOf = look && show === 'messages' ? rowsPath(look, filter, part) : undefined;
  const messageOf = look && message && JSON.stringify([look.id, message, attempt]);
  return {
    groups: useRequest(withVersion(groupsOf, version), (signal) =>
      client.get<ErrorGroups>(groupsOf ?? '', { signal }),
    ),
    rows: useRequest(withVersion(rowsOf, version), (signal) =>
      client.get<ErrorRows>(rowsOf ?? '', { signal }),
    ),
    message: useRequest(messageOf, (signal) => {
      if (look === undefined || message === undefined) throw new Error('no message is open');
      return readMessage(client, look, message, signal);
    }),
    retryMessage: () => setAttempt(attempt + 1),
  };
}

function withVersion(path: string | undefined, version: number): string | undefined {
  return path === undefined ? undefined : `${version} ${path}`;
}
