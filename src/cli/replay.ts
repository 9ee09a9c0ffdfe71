import { parseArgs } from 'node:util';
import { FAULT_CODES } from '../faults.ts';
import { parkedQueue } from '../transport/queues.ts';
import type { QueueState } from '../transport/transport.ts';
import { readCommandConfig, UsageError, type Command } from './command/command.ts';
import { openForTaking, visitLimit } from './queue/openForTaking.ts';
import { createReplay, type Replay, type Wanted } from './replay/replayer.ts';
import { untilStopped } from './command/untilStopped.ts';
import { formatTable } from './terminal/table.ts';
import type { Terminal } from './terminal/terminal.ts';
import { drainQueue } from './queue/drainQueue.ts';

const USAGE = `usage: asya-sidecar replay [--parked] [--code CODE] [--limit N] [--dry-run]

Takes what failed from error-end's queue, restores it as it was, without attempts and deadline and one hop further,
publishes it to the actor at which it failed, and acknowledges it once the broker has confirmed that. What is not asked
for, or cannot be restored, stays in the queue. A run visits at most as many messages as the queue held when it began:
what fails again meanwhile is for the next run.

An error-end that runs takes what arrives at once: stop it first, or there is nothing to replay.

  --parked     from the queue of what error-end itself could not handle
  --code CODE  only what failed with this code
  --limit N    at most N messages
  --dry-run    only prints what would be done

Codes: ${FAULT_CODES.join(', ')}
`;

export const replayCommand: Command = async (args, context) => {
  const { help, parked, ...wanted } = readArguments(args);
  if (help) {
    context.terminal.out(USAGE);
    return 0;
  }
  const config = readCommandConfig(context.environment);
  const queue = parked ? parkedQueue(config.errorEnd) : config.errorEnd;
  const {
    transport,
    connected,
    failed,
    connectionLosses: losses,
  } = await openForTaking(config, queue, context);
  try {
    const replay = createReplay({ transport, queue, config, wanted, stopped: context.stopped });
    const stopped = AbortSignal.any([context.stopped, replay.done]);
    const { visit } = replay;
    const run = async (): Promise<QueueState | undefined> => {
      await untilStopped(connected, context.stopped);
      const state = await untilStopped(transport.inspect(queue), context.stopped);
      const limit = visitLimit(state, parked);
      await drainQueue({
        transport,
        queue,
        decide: visit,
        limit,
        quietMs: context.quietMs,
        stopped,
        connectionLosses: losses,
      });
      return state;
    };
    const before = await Promise.race([failed, run()]);
    return report(replay, queue, before, context.terminal);
  } finally {
    await transport.close();
  }
};

interface Arguments extends Wanted {
  readonly parked: boolean;
  readonly help: boolean;
}

/** @throws {UsageError} */
function readArguments(args: readonly string[]): Arguments {
  const { values } = parseArgs({
    args: [...args],
    options: {
      parked: { type: 'boolean', default: false },
      code: { type: 'string' },
      limit: { type: 'string' },
      'dry-run': { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const { code, limit = 'Infinity', parked, help, 'dry-run': dryRun } = values;
  if (code !== undefined && !FAULT_CODES.some((known) => known === code)) {
    throw new UsageError(`--code must be one of ${FAULT_CODES.join(', ')}, not "${code}"`);
  }
  if (!/^([1-9]\d*|Infinity)$/.test(limit)) {
    throw new UsageError(`--limit must be a whole number from 1, not "${limit}"`);
  }
  return { code, limit: Number(limit), parked, dryRun, help };
}

/** @param before what the queue held when the run began */
function report(
  { rows, others, failures }: Replay,
  queue: string,
  before: QueueState | undefined,
  terminal: Terminal,
): number {
  const leased = before?.leased;
  if (rows.length > 0) {
    const cells = rows.map(({ id, code, to, what }) => [id, code ?? '-', to ?? '-', what]);
    terminal.out(formatTable([['envelope', 'code', 'to', 'what was done'], ...cells]));
  }
  if (others > 0)
    terminal.out(`${others} ${others === 1 ? 'message was' : 'messages were'} not asked for\n`);
  if (leased !== undefined) terminal.out(heldElsewhere(leased, queue));
  else if (rows.length === 0 && others === 0)
    terminal.out(nothingIn(queue, before?.consumers ?? 0));
  return failures > 0 || leased !== undefined ? 1 : 0;
}

function heldElsewhere(
  { count, untilMs }: NonNullable<QueueState['leased']>,
  queue: string,
): string {
  const messages = count === 1 ? '1 message of' : `${count} messages of`;
  const until = new Date(untilMs).toISOString();
  return `${messages} "${queue}" ${count === 1 ? 'is' : 'are'} held by another process until ${until}, or longer if it still runs\n`;
}

function nothingIn(queue: string, consumers: number): string {
  if (consumers === 0) return `there is nothing in "${queue}"\n`;
  const who = consumers === 1 ? '1 consumer, which takes' : `${consumers} consumers, which take`;
  return `there is nothing in "${queue}": it has ${who} what arrives\n`;
}
