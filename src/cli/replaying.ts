import { TRANSPORT_HEADER } from '../hop.ts';
import { SendError, type Delivery, type Transport } from '../transport/transport.ts';
import { restoreOriginal, type Original, type Restored, type RestoreOptions } from './restore.ts';
import { explain } from './send.ts';
import { printable } from './terminal.ts';
import type { Verdict } from './walk.ts';

/** Which messages are to be replayed. */
export interface Wanted {
  /** Undefined: whatever the code. */
  readonly code: string | undefined;
  readonly limit: number;
  /** Only tells what would be done. */
  readonly dryRun: boolean;
}

/** What became of one message. */
export interface Row {
  readonly id: string;
  readonly code: string | undefined;
  readonly to: string | undefined;
  readonly what: string;
}

export interface Replay {
  readonly visit: (delivery: Delivery) => Promise<Verdict>;
  /** Aborts when the limit is reached, or nothing can be sent any more. */
  readonly done: AbortSignal;
  /** Of every message that was asked for, in order. */
  readonly rows: readonly Row[];
  /** How many messages were not asked for. */
  readonly others: number;
  /** How many were asked for, and could not be replayed. */
  readonly failures: number;
}

export interface ReplayOptions {
  readonly transport: Transport;
  readonly queue: string;
  readonly config: RestoreOptions;
  readonly wanted: Wanted;
}

export function createReplay({ transport, queue, config, wanted }: ReplayOptions): Replay {
  const startedAtMs = Date.now();
  const done = new AbortController();
  const ids = new Set<string>();
  const messages = new Set<string>();
  const rows: Row[] = [];
  let others = 0;
  let failures = 0;

  async function visit(delivery: Delivery): Promise<Verdict> {
    // Its acknowledgement was lost with the connection.
    if (delivery.id !== undefined && messages.has(delivery.id)) return settle(delivery);
    const restored = restoreOriginal(delivery.body, config);
    const { id, code, original } = restored;
    if (isNew(delivery) || (wanted.code !== undefined && wanted.code !== code)) {
      others++;
      return 'left';
    }
    const { what, verdict } = await replay(delivery, restored);
    const to = 'to' in original ? original.to : undefined;
    rows.push({ id: id === undefined ? '-' : printable(id), code: code && printable(code), to, what });
    return verdict;
  }

  /** What fails again meanwhile comes back here; another round is for another day. */
  function isNew({ headers }: Delivery): boolean {
    return Number(headers[TRANSPORT_HEADER.publishedAt] ?? 0) > startedAtMs;
  }

  async function replay(delivery: Delivery, { id, original }: Restored): Promise<Result> {
    if ('lost' in original) return fail(original.lost);
    if (original.to === queue) return fail('it stands at this end itself');
    if (id !== undefined && ids.has(id))
      return { what: 'left: one with this id was replayed', verdict: 'left' };
    const problem = wanted.dryRun ? undefined : await publish(delivery, original);
    if (problem !== undefined) return fail(problem);
    if (id !== undefined) ids.add(id);
    if (ids.size >= wanted.limit) done.abort();
    if (wanted.dryRun) return { what: 'would be replayed', verdict: 'left' };
    if (delivery.id !== undefined) messages.add(delivery.id);
    return { what: 'replayed', verdict: await settle(delivery) };
  }

  function fail(why: string): Result {
    failures++;
    return { what: `left: ${why}`, verdict: 'left' };
  }

  /** @returns why it could not be published */
  async function publish({ properties }: Delivery, { to, body }: Original): Promise<string | undefined> {
    const headers = { [TRANSPORT_HEADER.publishedAt]: Date.now(), [TRANSPORT_HEADER.replayed]: true };
    try {
      await transport.send(to, { body, headers, properties });
      return undefined;
    } catch (error) {
      if (!(error instanceof SendError)) throw error;
      if (error.code !== 'unroutable') done.abort();
      return explain(error, to);
    }
  }

  async function settle(delivery: Delivery): Promise<Verdict> {
    await transport.ack(delivery);
    return 'settled';
  }

  return {
    visit,
    done: done.signal,
    rows,
    get others() {
      return others;
    },
    get failures() {
      return failures;
    },
  };
}

interface Result {
  readonly what: string;
  readonly verdict: Verdict;
}
