import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import type { Config } from '../config/config.ts';
import { SCHEMA } from '../config/schema.ts';
import { messageOf } from '../faults.ts';
import { Ledger, type Source } from './ledger/ledger.ts';
import { isBalanced } from './ledger/reconcile.ts';
import { faultCodeOf, readReceived, readSent, type FailedMessage } from './ledger/readMessage.ts';
import { recordLogLine } from './ledger/logLines.ts';
import { formatReconciliation } from './ledger/report.ts';
import { parkedQueue, retryQueue } from '../transport/queues.ts';
import type { Delivery } from '../transport/transport.ts';
import {
  CommandError,
  readCommandConfig,
  UsageError,
  type Command,
  type CommandContext,
} from './command/command.ts';
import { readDocuments } from './input/documents.ts';
import { openInput } from './input/openInput.ts';
import { openForTaking, visitLimit, type OpenQueue } from './queue/openForTaking.ts';
import { STOPPED, untilStopped } from './command/untilStopped.ts';
import { MAX_UNSETTLED, drainQueue } from './queue/drainQueue.ts';

const USAGE = `usage: asya-sidecar ledger --sent FILE [--happy FILE] [--error FILE] [--look QUEUE] [--log FILE]

Keeps the books of a pipeline: compares the envelopes that producers had confirmed with those that the ends received,
and prints what arrived, failed, fanned out, came twice, still waits, or is lost. Each option may be given many times.

  --sent FILE   envelopes as they were sent, one JSON document a line (- is standard input)
  --happy FILE  what happy-end received
  --error FILE  what error-end received
  --look QUEUE  looks into an actor's queue and its retry queues on the broker, and leaves everything there. What is in
                an end's queue, or in error-end's parked queue, has arrived; what is in any other still waits. At most
                ${MAX_UNSETTLED} messages in each. A quorum queue counts each look as a delivery that was not settled: look
                into an actor's queue once, not every minute.
  --log FILE    a sidecar's log (JSON): what its end received, what waits for another attempt, the width of fan-outs, and
                why an envelope came twice

The exit code is 0 when every envelope is accounted for, and 1 when one is not.
`;

export const ledgerCommand: Command = async (args, context) => {
  const { help, sent, happy, error, look, log } = readArguments(args);
  if (help) {
    context.terminal.out(USAGE);
    return 0;
  }
  const ledger = new Ledger();
  const errorEnd =
    context.environment['ASYA_ACTOR_ERROR_END'] || SCHEMA.ASYA_ACTOR_ERROR_END.default;
  for (const file of sent) await enterFile(file, (bytes) => ledger.recordSent(readSent(bytes)));
  for (const file of happy)
    await enterFile(file, (bytes) => ledger.recordArrival(readReceived(bytes)));
  for (const file of error)
    await enterFile(file, (body) =>
      ledger.recordArrival(readReceived(body), faultCodeOf({ body })),
    );
  for (const file of log) await untilStopped(enterLog(file, ledger, errorEnd), context.stopped);
  for (const queue of look) await lookInto(queue, ledger, context);
  // The account of a part would call the rest lost.
  if (context.stopped.aborted) throw new CommandError(STOPPED);
  const account = ledger.reconcile();
  context.terminal.out(formatReconciliation(account));
  return isBalanced(account) ? 0 : 1;

  async function enterFile(file: string, enter: (bytes: Buffer) => void): Promise<void> {
    for (const { bytes } of await readDocuments(file, context)) enter(bytes);
  }
};

interface Arguments {
  readonly sent: readonly string[];
  readonly happy: readonly string[];
  readonly error: readonly string[];
  readonly look: readonly string[];
  readonly log: readonly string[];
  readonly help: boolean;
}

/** @throws {UsageError} */
function readArguments(args: readonly string[]): Arguments {
  const many = { type: 'string', multiple: true, default: [] as string[] } as const;
  const { values } = parseArgs({
    args: [...args],
    options: {
      sent: many,
      happy: many,
      error: many,
      look: many,
      log: many,
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (!values.help && values.sent.length === 0)
    throw new UsageError('at least one --sent FILE is needed');
  return values;
}

async function enterLog(file: string, ledger: Ledger, errorEnd: string): Promise<void> {
  try {
    for await (const line of createInterface(openInput(file)))
      recordLogLine(ledger, line, errorEnd);
  } catch (error) {
    throw new CommandError(`${file} cannot be read: ${messageOf(error)}`, { cause: error });
  }
}

/** @throws {CommandError} when there is more in it than can be looked at */
async function lookInto(queue: string, ledger: Ledger, context: CommandContext): Promise<void> {
  const config = readCommandConfig(context.environment);
  const opened = await openForTaking(config, queue, context);
  const look: Look = { ...opened, context, enter: entrance(queue, ledger, config), ledger };
  const run = async (): Promise<void> => {
    await untilStopped(opened.connected, context.stopped);
    if (opened.transport.browse !== undefined) return browse(queue, look);
    await walkAll(queue, look, queue === parkedQueue(config.errorEnd));
    for (const delayMs of new Set(config.retry.backoffMs))
      await walkRetries(retryQueue(queue, delayMs), look);
  };
  try {
    await Promise.race([opened.failed, run()]);
  } finally {
    await opened.transport.close();
  }
}

interface Look extends OpenQueue {
  readonly context: CommandContext;
  readonly ledger: Ledger;
  /** Enters a message of the queue itself into the books. */
  readonly enter: (message: FailedMessage) => void;
}

async function browse(queue: string, { transport, ledger, enter, context }: Look): Promise<void> {
  const browsing = transport.browse?.(queue, MAX_UNSETTLED) ?? Promise.resolve([]);
  const messages = await untilStopped(browsing, context.stopped);
  refuseMore(queue, messages.length);
  for (const message of messages) {
    if (message.isReady) enter(message);
    else ledger.recordWaiting(readReceived(message.body));
  }
}

function walkRetries(queue: string, look: Look): Promise<void> {
  const enter = ({ body }: FailedMessage): void => look.ledger.recordWaiting(readReceived(body));
  return walkAll(queue, { ...look, enter }, true);
}

async function walkAll(queue: string, look: Look, isMadeWhenNeeded: boolean): Promise<void> {
  const { transport, connectionLosses: losses, context, enter } = look;
  const { quietMs, stopped } = context;
  const limit = visitLimit(await untilStopped(transport.inspect(queue), stopped), isMadeWhenNeeded);
  let seen = 0;
  const visit = (delivery: Delivery): Promise<'leave'> => {
    seen++;
    enter(delivery);
    return Promise.resolve('leave');
  };
  await drainQueue({
    transport,
    queue,
    decide: visit,
    limit,
    quietMs,
    stopped,
    connectionLosses: losses,
  });
  refuseMore(queue, seen);
}

function refuseMore(queue: string, seen: number): void {
  if (seen >= MAX_UNSETTLED)
    throw new CommandError(`"${queue}" has ${MAX_UNSETTLED} messages or more`);
}

/**
 * In an end's queue, or among what error-end has parked, it has arrived; in any other it still
 * waits.
 */
function entrance(
  queue: string,
  ledger: Ledger,
  { happyEnd, errorEnd }: Config,
): (message: FailedMessage) => void {
  switch (queue) {
    case happyEnd:
      return ({ body }) => ledger.recordArrival(readReceived(body));
    case errorEnd:
      return (message) => enterFailure(ledger, message, { errorEnd, source: 'end' });
    case parkedQueue(errorEnd):
      return (message) => enterFailure(ledger, message, { errorEnd, source: 'parked' });
    default:
      return ({ body }) => ledger.recordWaiting(readReceived(body));
  }
}

function enterFailure(
  ledger: Ledger,
  message: FailedMessage,
  { errorEnd, source }: { readonly errorEnd: string; readonly source: Source },
): void {
  ledger.recordArrival(readReceived(message.body), faultCodeOf(message, errorEnd), source);
}
