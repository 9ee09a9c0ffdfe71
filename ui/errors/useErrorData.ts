import { useState } from 'preact/hooks';
import type {
  ErrorFilter,
  ErrorGroups,
  ErrorMessage,
  ErrorRows,
  Look,
} from '../../src/cli/ui/errors/contract.ts';
import type { Client } from '../client/client.ts';
import type { ErrorsAddress } from './address/errorsAddress.ts';
import { resolveAge } from './address/period.ts';
import { groupsPath, rowsPath } from './data/lookPaths.ts';
import { readMessage } from './data/readMessage.ts';
import { useRequest, type Requested } from './data/useRequest.ts';
import { PAGE_SIZE } from './list/Pager.tsx';

/**
 * An answer and its look. The page shows it until the one from the next look has arrived, and the
 * numbers of the rows belong to their own look.
 */
export type InLook<Answer> = Answer & { readonly look: Look };

/** With times instead of ages. */
export interface Filtered {
  readonly filter: ErrorFilter;
}

export interface ErrorData {
  readonly groups: Requested<InLook<ErrorGroups & Filtered>>;
  readonly rows: Requested<InLook<ErrorRows & Filtered>>;
  readonly message: Requested<InLook<ErrorMessage>>;
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
  const { page, show, message } = address;
  const [attempt, setAttempt] = useState(0);
  const filter = look === undefined ? {} : resolveAge(address.filter, look.asOf);
  const part = { offset: page * PAGE_SIZE, limit: PAGE_SIZE };
  const groupsOf = look && groupsPath(look, filter);
  const rowsOf = look && show === 'messages' ? rowsPath(look, filter, part) : undefined;
  const messageOf = look && message && JSON.stringify([look.id, message, attempt]);
  const groups = useRequest(withVersion(groupsOf, version), (signal) =>
    client.get<ErrorGroups>(groupsOf ?? '', { signal }).then(inLook(look, { filter })),
  );
  const rows = useRequest(withVersion(rowsOf, version), (signal) =>
    client.get<ErrorRows>(rowsOf ?? '', { signal }).then(inLook(look, { filter })),
  );
  const opened = useRequest(messageOf, (signal) => {
    if (look === undefined || message === undefined) throw new Error('no message is open');
    return readMessage(client, look, message, signal).then(inLook(look, {}));
  });
  return {
    groups: ofQueue(groups, look),
    rows: ofQueue(rows, look),
    message: ofQueue(opened, look),
    retryMessage: () => setAttempt(attempt + 1),
  };
}

function withVersion(path: string | undefined, version: number): string | undefined {
  return path === undefined ? undefined : `${version} ${path}`;
}

/** Returns a function that adds its look to an answer. */
function inLook<More>(look: Look | undefined, more: More) {
  return <Answer>(answer: Answer): InLook<Answer & More> => {
    if (look === undefined) throw new Error('the queue was not read');
    return { ...answer, ...more, look };
  };
}

/** Forgets the last answer when it is about the other queue. */
function ofQueue<Answer>(
  requested: Requested<InLook<Answer>>,
  look: Look | undefined,
): Requested<InLook<Answer>> {
  const { kind, last } = requested;
  if (kind === 'ready' || last?.look.queue === look?.queue) return requested;
  return { ...requested, last: undefined };
}
