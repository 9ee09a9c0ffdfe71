import { TRANSPORT_HEADER } from '../../transport/message.ts';
import { SendError, type Delivery, type Transport } from '../../transport/transport.ts';
import { restoreOriginal, type Original, type Restored, type RestoreOptions } from './restore.ts';
import { CommandError } from '../command/command.ts';
import { explain } from '../send.ts';
import { untilStopped } from '../command/untilStopped.ts';
import { printable } from '../terminal/printable.ts';
import type { Verdict } from '../queue/decidedMessages.ts';

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
  /** Ends the wait for a confirm. */
  readonly stopped: AbortSignal;
}

export function createReplay({ transport, queue, config, wanted, stopped }: ReplayOptions): Replay {
  const done = new AbortController();
  const rows: Row[] = [];
  let replayed = 0;
  let others = 0;
  let failures = 0;

  async function visit(delivery: Delivery): Promise<Verdict> {
    const restored = restoreOriginal(delivery, config);
    const { id, code, original } = restored;
    if (wanted.code !== undefined && wanted.code !== code) {
      others++;
      return 'leave';
    }
    const { what, verdict } = await replay(restored);
    const to = 'to' in original ? original.to : undefined;
    rows.push({
      id: id === undefined ? '-' : printable(id),
      code: code && printable(code),
      to: to && printable(to),
      what: printable(what),
    });
    return verdict;
  }

  async function replay({ original }: Restored): Promise<Result> {
    if ('lost' in original) return fail(original.lost);
    if (original.to === queue) return fail('it stands at this end itself');
    const problem = wanted.dryRun ? undefined : await publish(original);
    if (problem !== undefined) return fail(problem);
    if (++replayed >= wanted.limit) done.abort();
    return wanted.dryRun
      ? { what: 'would be replayed', verdict: 'leave' }
      : { what: 'replayed', verdict: 'acknowledge' };
  }

  function fail(why: string): Result {
    failures++;
    return { what: `left: ${why}`, verdict: 'leave' };
  }

  /** @returns why it could not be published */
  async function publish({ to, message }: Original): Promise<string | undefined> {
    const { publishedAt, replayed } = TRANSPORT_HEADER;
    const headers = { ...message.headers, [publishedAt]: Date.now(), [replayed]: true };
    try {
      await untilStopped(transport.send(to, { ...message, headers }), stopped);
      return undefined;
    } catch (error) {
      if (error instanceof CommandError)
        return `${error.message} before the broker had confirmed it`;
      if (!(error instanceof SendError)) throw error;
      if (error.code !== 'unroutable' && error.code !== 'refused') done.abort();
      return explain(error, to);
    }
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
