import { FAULT_CODES } from '../faults.ts';
import { parkedQueue } from '../transport/queues.ts';
import type { QueueState } from '../transport/transport.ts';
import { defineCommand, type CommandContext } from './command/command.ts';
import { readCommandConfig } from './command/config.ts';
import { EXIT, UsageError, type ExitCode } from './command/exit.ts';
import { untilStopped } from './command/signals.ts';
import { drainQueue } from './queue/drainQueue.ts';
import { openForTaking, messageLimit, type OpenQueue } from './queue/openForTaking.ts';
import { readEdits } from './replay/editOptions.ts';
import { Replayer, type ReplayFilter } from './replay/replayer.ts';
import { printable } from './terminal/printable.ts';
import { formatTable } from './terminal/table.ts';
import type { Terminal } from './terminal/terminal.ts';

export const replayCommand = defineCommand({
  name: 'replay',
  summary: 'publishes failed messages again',
  description: [
    `Restores the originals of the messages in error-end's queue, publishes each to the actor at
    which it failed, and acknowledges the message after the broker has confirmed the publish. A
    replayed envelope has no deadline, starts again at attempt 1, and counts one more hop. Messages
    that do not match, or cannot be restored, stay in the queue.`,
    `A run reads at most as many messages as the queue held at its start. Messages that fail again
    during the run are left for the next run.`,
    'A running sidecar of error-end consumes every message as it arrives; stop it before a replay.',
    `CODE is one of ${FAULT_CODES.join(', ')}.`,
  ],
  options: {
    parked: { type: 'boolean', doc: "Reads error-end's parked queue instead." },
    code: { type: 'string', value: 'CODE', doc: 'Replays only messages with this fault code.' },
    limit: { type: 'string', value: 'N', doc: 'Replays at most N messages.' },
    set: {
      type: 'string',
      value: 'POINTER=JSON',
      multiple: true,
      doc: `Sets a value of each original: a JSON Pointer (RFC 6901) to /payload, or below /payload or
        /headers, and its new value. The parent must exist; "-" appends to an array. All other bytes
        stay.`,
    },
    to: {
      type: 'string',
      value: 'ACTOR',
      doc: `Continues each route at this actor. If it occurs twice, the first one at or after the
        position of the envelope is meant, or else the last one before it.`,
    },
    route: {
      type: 'string',
      value: 'ACTOR,…',
      doc: 'Replaces each route; the envelope goes to the first actor.',
    },
    'dry-run': { type: 'boolean', doc: 'Prints the messages that would be replayed.' },
  },
  async run(args, context) {
    const filter = readFilter(args.valueOf('code'), args.valueOf('limit'));
    const edits = readEdits({
      set: args.valuesOf('set'),
      to: args.valueOf('to'),
      route: args.valueOf('route'),
    });
    const config = readCommandConfig(context.environment);
    const isParked = args.has('parked');
    const queue = isParked ? parkedQueue(config.errorEnd) : config.errorEnd;
    const source = await openForTaking(config, queue, context);
    const { transport, failed } = source;
    const { stopped } = context;
    const dryRun = args.has('dry-run');
    try {
      const replayer = new Replayer({ transport, queue, config, filter, edits, dryRun, stopped });
      const before = await Promise.race([
        failed,
        replayQueue(replayer, queue, isParked, source, context),
      ]);
      return report(replayer, queue, before, context.terminal);
    } finally {
      await transport.close();
    }
  },
});

/** @throws {UsageError} */
function readFilter(code: string | undefined, limit = 'Infinity'): ReplayFilter {
  if (code !== undefined && !FAULT_CODES.some((known) => known === code)) {
    throw new UsageError(`--code must be one of ${FAULT_CODES.join(', ')}, not "${code}"`);
  }
  if (!/^([1-9]\d*|Infinity)$/.test(limit)) {
    throw new UsageError(`--limit must be a positive integer, not "${limit}"`);
  }
  return { code, limit: Number(limit) };
}

/** @returns the state of the queue at the start; undefined when it is not known */
async function replayQueue(
  replayer: Replayer,
  queue: string,
  isDeclaredOnDemand: boolean,
  { transport, connected, connectionLosses }: OpenQueue,
  { stopped, idleTimeoutMs }: CommandContext,
): Promise<QueueState | undefined> {
  await untilStopped(connected, stopped);
  const state = await untilStopped(transport.inspect(queue), stopped);
  await drainQueue({
    transport,
    queue,
    decide: (delivery) => replayer.replay(delivery),
    limit: messageLimit(state, isDeclaredOnDemand),
    idleTimeoutMs,
    stopped: AbortSignal.any([stopped, replayer.done]),
    connectionLosses,
  });
  return state;
}

/** @param before the state of the queue at the start */
function report(
  { results, skipped, failures }: Replayer,
  queue: string,
  before: QueueState | undefined,
  terminal: Terminal,
): ExitCode {
  if (results.length > 0) {
    const rows = results.map(({ id = '-', code = '-', to = '-', result }) =>
      [id, code, to, result].map(printable),
    );
    terminal.out(formatTable([['envelope', 'code', 'to', 'result'], ...rows]));
  }
  if (skipped > 0) {
    const messages = skipped === 1 ? '1 message has' : `${skipped} messages have`;
    terminal.out(`${messages} another code\n`);
  }
  const leased = before?.leased;
  if (leased !== undefined) terminal.out(describeLeases(leased, queue));
  else if (results.length === 0 && skipped === 0)
    terminal.out(describeEmptyQueue(queue, before?.consumers ?? 0));
  return failures > 0 || leased !== undefined ? EXIT.failed : EXIT.done;
}

function describeLeases(
  { count, untilMs }: NonNullable<QueueState['leased']>,
  queue: string,
): string {
  const messages = count === 1 ? '1 message of' : `${count} messages of`;
  const until = new Date(untilMs).toISOString();
  return `${messages} "${queue}" ${count === 1 ? 'is' : 'are'} held by another process until ${until}, or longer if it still runs\n`;
}

function describeEmptyQueue(queue: string, consumers: number): string {
  if (consumers === 0) return `there is nothing in "${queue}"\n`;
  const noun = consumers === 1 ? '1 consumer' : `${consumers} consumers`;
  return `there is nothing in "${queue}": ${noun} of the queue may have received the messages\n`;
}
