import { parseArgs } from 'node:util';
import { FAULT_CODES } from '../errors.ts';
import { parkedQueue } from '../transport/transport.ts';
import { readCommandConfig, UsageError, type Command } from './command.ts';
import { openToTake } from './opened.ts';
import { createReplay, type Replay, type Wanted } from './replaying.ts';
import { formatTable, type Terminal } from './terminal.ts';
import { walkQueue } from './walk.ts';

const USAGE = `usage: asya-sidecar replay [--parked] [--code CODE] [--limit N] [--dry-run]

Takes error envelopes from error-end's queue, restores what failed as it was, without attempts and deadline, publishes
it to the actor at which it failed, and acknowledges it once the broker has confirmed that. What is not asked for, or
cannot be restored, stays in the queue.

An error-end that runs takes what comes at once: stop it before, or there is nothing to be replayed.

  --parked     from the queue of what error-end itself could not take
  --code CODE  only what failed with this code
  --limit N    at most so many
  --dry-run    only tells what would be done

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
  const { transport, failed } = await openToTake(config, queue, context);
  try {
    const replay = createReplay({ transport, queue, config, wanted });
    const stopped = AbortSignal.any([context.stopped, replay.done]);
    await Promise.race([
      failed,
      walkQueue({ transport, queue, visit: replay.visit, quietMs: context.quietMs, stopped }),
    ]);
    return report(replay, queue, context.terminal);
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

function report({ rows, others, failures }: Replay, queue: string, terminal: Terminal): number {
  if (rows.length > 0) {
    const cells = rows.map(({ id, code, to, what }) => [id, code ?? '-', to ?? '-', what]);
    terminal.out(formatTable([['envelope', 'code', 'to', 'what was done'], ...cells]));
  }
  if (others > 0) terminal.out(`${others} ${others === 1 ? 'message was' : 'messages were'} not asked for\n`);
  if (rows.length === 0 && others === 0) terminal.out(`there is nothing in "${queue}"\n`);
  return failures > 0 ? 1 : 0;
}
