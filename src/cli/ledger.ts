import type { Config } from '../config/config.ts';
import { SCHEMA } from '../config/schema.ts';
import { messageOf } from '../faults.ts';
import { parkedQueue } from '../transport/queues.ts';
import type { QueuedMessage } from '../transport/inspection/queueReader.ts';
import { defineCommand, type CommandContext } from './command/command.ts';
import { readCommandConfig } from './command/config.ts';
import { CommandError, EXIT, UsageError } from './command/exit.ts';
import { STOPPED, untilStopped } from './command/signals.ts';
import { readDocuments } from './input/documents.ts';
import { readLines } from './input/lines.ts';
import { Ledger, type Source } from './ledger/ledger.ts';
import { recordLogLine } from './ledger/logLines.ts';
import { faultCodeOf, readReceived, readSent } from './ledger/readMessage.ts';
import { isBalanced } from './ledger/reconcile.ts';
import { formatReconciliation } from './ledger/report.ts';
import { describeRetryQueues, OTHER_DELAYS, readQueue } from './queue/readQueue.ts';

export const ledgerCommand = defineCommand({
  name: 'ledger',
  summary: 'compares the envelopes that were sent with those that arrived',
  description: [
    `Compares the envelopes that producers sent with those that the ends received. Prints how many
    arrived, failed and fanned out, and which are lost, stuck in a queue, or duplicated. The exit
    code is 0 if every envelope is accounted for, and 1 otherwise.`,
    'A file holds one JSON document on each line, and may be gzipped; "-" is standard input.',
    'Example: asya-sidecar ledger --sent sent.jsonl --look happy-end --look error-end',
  ],
  options: {
    sent: {
      type: 'string',
      value: 'FILE',
      multiple: true,
      required: true,
      doc: 'The envelopes that the broker confirmed to the producers.',
    },
    happy: {
      type: 'string',
      value: 'FILE',
      multiple: true,
      doc: 'The envelopes that happy-end received.',
    },
    error: {
      type: 'string',
      value: 'FILE',
      multiple: true,
      doc: 'The envelopes that error-end received.',
    },
    look: {
      type: 'string',
      value: 'QUEUE',
      multiple: true,
      doc: `Reads an actor's queue and its retry queues on the broker, and leaves the messages
        there. Messages in the queue of an end, or in error-end's parked queue, have arrived;
        messages in other queues are stuck. On RabbitMQ it reads the retry queues for the delays of
        ASYA_RETRY_BACKOFF, which must be the actor's, and of its default. A quorum queue counts
        each look as a delivery that was not settled, so do not look into an actor's queue
        periodically.`,
    },
    log: {
      type: 'string',
      value: 'FILE',
      multiple: true,
      doc: `A sidecar's log in JSON. It contains the arrivals at an end, the envelopes that wait
        for another attempt, the width of fan-outs, and the reasons for duplicates.`,
    },
  },
  async run(args, context) {
    const sent = args.valuesOf('sent');
    if (sent.length === 0) throw new UsageError('at least one --sent FILE is required');
    const ledger = new Ledger();
    await forEachBody(sent, context, (body) => ledger.recordSent(readSent(body)));
    await forEachBody(args.valuesOf('happy'), context, (body) =>
      ledger.recordArrival(readReceived(body)),
    );
    await forEachBody(args.valuesOf('error'), context, (body) =>
      ledger.recordArrival(readReceived(body), faultCodeOf({ body })),
    );
    for (const file of args.valuesOf('log'))
      await untilStopped(recordLog(file, ledger, context), context.stopped);
    const looks: string[] = [];
    for (const queue of args.valuesOf('look'))
      looks.push(...(await recordQueue(queue, ledger, context)));
    // A comparison of partial records would report the other envelopes as lost.
    if (context.stopped.aborted) throw new CommandError(STOPPED);
    const reconciliation = ledger.reconcile();
    context.terminal.out(formatReconciliation(reconciliation));
    if (reconciliation.lost.length > 0) for (const look of looks) context.terminal.err(`${look}\n`);
    return isBalanced(reconciliation) ? EXIT.done : EXIT.failed;
  },
});

async function forEachBody(
  files: readonly string[],
  context: CommandContext,
  record: (body: Buffer) => void,
): Promise<void> {
  for (const file of files) {
    for (const { bytes } of await readDocuments(file, context)) record(bytes);
  }
}

async function recordLog(
  file: string,
  ledger: Ledger,
  { environment, stdin }: CommandContext,
): Promise<void> {
  const errorEnd = environment['ASYA_ACTOR_ERROR_END'] || SCHEMA.ASYA_ACTOR_ERROR_END.default;
  try {
    for await (const line of readLines(file, stdin)) recordLogLine(ledger, line, errorEnd);
  } catch (error) {
    throw new CommandError(`cannot read ${file}: ${messageOf(error)}`, { cause: error });
  }
}

/**
 * @returns lines about the retry queues, in which an envelope that counts as lost may be
 * @throws {CommandError} when the queue cannot be read completely
 */
async function recordQueue(
  queue: string,
  ledger: Ledger,
  context: CommandContext,
): Promise<readonly string[]> {
  const config = readCommandConfig(context.environment);
  const record = recorderFor(queue, ledger, config);
  const onMessage = (message: QueuedMessage): void => {
    if (message.isReady) record(message);
    else ledger.recordWaiting(readReceived(message.body));
  };
  const look = await readQueue(queue, onMessage, { config, context, part: 'all' });
  if (look.end === 'partial') throw new CommandError(`"${queue}" has too many messages to read`);
  const { happyEnd, errorEnd, transport } = config;
  const hasRetries = ![happyEnd, errorEnd, parkedQueue(errorEnd)].includes(queue);
  if (transport !== 'rabbitmq' || !hasRetries) return [];
  return [`--look has read ${describeRetryQueues(queue, look)}; ${OTHER_DELAYS}`];
}

/** Messages at an end, or parked by error-end, have arrived; messages in other queues wait. */
function recorderFor(
  queue: string,
  ledger: Ledger,
  { happyEnd, errorEnd }: Config,
): (message: QueuedMessage) => void {
  const recordFailure = (message: QueuedMessage, source: Source): void =>
    ledger.recordArrival(readReceived(message.body), faultCodeOf(message, errorEnd), source);
  switch (queue) {
    case happyEnd:
      return ({ body }) => ledger.recordArrival(readReceived(body));
    case errorEnd:
      return (message) => recordFailure(message, 'end');
    case parkedQueue(errorEnd):
      return (message) => recordFailure(message, 'parked');
    default:
      return ({ body }) => ledger.recordWaiting(readReceived(body));
  }
}
