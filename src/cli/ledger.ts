import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import type { Config } from '../config.ts';
import { messageOf } from '../errors.ts';
import { createLedger, isBalanced, type Ledger } from '../ledger.ts';
import { codeOf, readArrived, readSent, type FailedMessage } from '../ledger/entry.ts';
import { enterLogLine } from '../ledger/evidence.ts';
import { formatAccount } from '../ledger/report.ts';
import type { Delivery } from '../transport/transport.ts';
import { CommandError, readCommandConfig, UsageError, type Command, type CommandContext } from './command.ts';
import { readDocuments } from './documents.ts';
import { openToTake } from './opened.ts';
import { MAX_IN_HAND, walkQueue } from './walk.ts';

const USAGE = `usage: asya-sidecar ledger --sent FILE [--happy FILE] [--error FILE] [--look QUEUE] [--log FILE]

Keeps the books of a pipeline: compares the envelopes that producers had confirmed with those that the ends received,
and prints what arrived, failed, fanned out, came twice, still waits, or is lost. Each option may be given many times.

  --sent FILE   envelopes as they were sent, one JSON document a line (- is standard input)
  --happy FILE  what happy-end received
  --error FILE  what error-end received
  --look QUEUE  looks into an actor's queue on the broker, and leaves everything there. What is in an end's queue has
                arrived, what is in any other still waits. At most ${MAX_IN_HAND} messages. A quorum queue counts each look
                as a delivery that nobody settled: look into an actor's queue once, not every minute.
  --log FILE    a sidecar's log (JSON): tells the width of fan-outs, and why an envelope came twice

The exit code is 0 when every envelope is accounted for, and 1 when one is not.
`;

export const ledgerCommand: Command = async (args, context) => {
  const { help, sent, happy, error, look, log } = readArguments(args);
  if (help) {
    context.terminal.out(USAGE);
    return 0;
  }
  const ledger = createLedger();
  const { stdin } = context;
  for (const file of sent) await enterFile(file, (bytes) => ledger.sent(readSent(bytes)));
  for (const file of happy) await enterFile(file, (bytes) => ledger.arrived(readArrived(bytes)));
  for (const file of error) await enterFile(file, (body) => enterFailure(ledger, { body }));
  for (const file of log) await enterLog(file, ledger);
  for (const queue of look) await lookInto(queue, ledger, context);
  const account = ledger.account();
  context.terminal.out(formatAccount(account));
  return isBalanced(account) ? 0 : 1;

  async function enterFile(file: string, enter: (bytes: Buffer) => void): Promise<void> {
    for (const { bytes } of await readDocuments(file, stdin)) enter(bytes);
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
  if (!values.help && values.sent.length === 0) throw new UsageError('at least one --sent FILE is needed');
  return values;
}

async function enterLog(file: string, ledger: Ledger): Promise<void> {
  try {
    for await (const line of createInterface(createReadStream(file))) enterLogLine(ledger, line);
  } catch (error) {
    throw new CommandError(`${file} cannot be read: ${messageOf(error)}`, { cause: error });
  }
}

/** @throws {CommandError} when there is more in it than can be looked at */
async function lookInto(queue: string, ledger: Ledger, context: CommandContext): Promise<void> {
  const config = readCommandConfig(context.environment);
  const enter = entrance(queue, ledger, config);
  const { transport, failed, losses } = await openToTake(config, queue, context);
  let seen = 0;
  const visit = (delivery: Delivery): Promise<'leave'> => {
    seen++;
    enter(delivery);
    return Promise.resolve('leave');
  };
  try {
    const { quietMs, stopped } = context;
    const walk = walkQueue({
      transport,
      queue,
      visit,
      limit: Number.POSITIVE_INFINITY,
      quietMs,
      stopped,
      losses,
    });
    await Promise.race([failed, walk]);
  } finally {
    await transport.close();
  }
  if (seen >= MAX_IN_HAND) throw new CommandError(`"${queue}" has ${MAX_IN_HAND} messages or more`);
}

/** In an end's queue it has arrived; in any other it still waits. */
function entrance(
  queue: string,
  ledger: Ledger,
  { happyEnd, errorEnd }: Config,
): (delivery: Delivery) => void {
  switch (queue) {
    case happyEnd:
      return ({ body }) => ledger.arrived(readArrived(body));
    case errorEnd:
      return (delivery) => enterFailure(ledger, delivery, errorEnd);
    default:
      return ({ body }) => ledger.waiting(readArrived(body));
  }
}

function enterFailure(ledger: Ledger, message: FailedMessage, errorEnd?: string): void {
  ledger.arrived(readArrived(message.body), codeOf(message, errorEnd));
}
