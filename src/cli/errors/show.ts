import { defineCommand, type CommandContext } from '../command/command.ts';
import { readCommandConfig } from '../command/config.ts';
import { CommandError, EXIT, UsageError } from '../command/exit.ts';
import { encodeFailedMessage } from '../failures/errorJson.ts';
import { errorQueueOf, PARKED_OPTION, type ErrorQueue } from '../errorQueue/errorQueue.ts';
import { formatError } from './errorView.ts';
import type { FailedMessage } from '../failures/failedMessage.ts';
import {
  FILTER_DESCRIPTION,
  FILTER_OPTIONS,
  readFilter,
  type ErrorFilter,
} from '../errorQueue/filter.ts';
import { readProgress } from './readProgress.ts';
import { lookAtErrors } from '../errorQueue/lookAtErrors.ts';
import { NewestMessages } from './newestMessages.ts';
import { countOf, describeEmptyQueue, describeGap } from '../errorQueue/queueReport.ts';
import { printable } from '../terminal/printable.ts';

/** The largest number of messages that are shown without `--limit`. */
const MAX_SHOWN = 20;

export const showCommand = defineCommand({
  name: 'errors show',
  summary: 'prints the error, route and payload of failed messages',
  description: [
    `Prints the messages whose envelope id is ID, the newest first: the error, the route with the
    position of the failure, the traceback, the details, the headers and the payload; of a message
    that is not an envelope, the properties that its producer set (app_id, type, …). If there are
    none, prints the messages of the journey ID, or those whose envelope id begins with ID. Without
    ID, prints the messages that match the filters. The messages stay in the queue.`,
    ...FILTER_DESCRIPTION,
    'Example: asya-sidecar errors show 0b1c8e2a-8f6f-4b9e-9d07-0d1c2f3a4b5c',
  ],
  options: {
    ...FILTER_OPTIONS,
    limit: {
      type: 'string',
      value: 'N',
      doc: `Prints at most N messages, ${MAX_SHOWN} by default.`,
    },
    parked: PARKED_OPTION,
    full: { type: 'boolean', doc: 'Prints long texts and payloads completely.' },
    json: { type: 'boolean', doc: 'Prints each message as one line of JSON.' },
  },
  operands: { name: 'ID' },
  async run(args, context) {
    const id = readId(args.operands);
    const filter = readFilter(args, Date.now());
    if (id === undefined && !filter.isSet) throw new UsageError('an ID or a filter is required');
    const queue = errorQueueOf(args.has('parked'), readCommandConfig(context.environment));
    const limit = args.valueOf('limit') === undefined ? MAX_SHOWN : filter.limit;
    const found = await find({ queue, id: id?.text, filter, limit }, context);
    const inexact = id && describeInexact(id, found);
    if (inexact !== undefined) context.terminal.err(`${printable(inexact)}\n`);
    const print = args.has('json') ? printJson : printView(args.has('full'), queue);
    for (const [index, message] of found.newest.entries()) await print(message, index, context);
    const more = found.count - found.newest.length;
    if (more > 0)
      context.terminal.err(`${countOf(more, 'older message')} not shown; see --limit\n`);
    return EXIT.done;
  },
});

/** The id to search for. */
interface Id {
  readonly text: string;
  /** The id ended with "…", because `errors list` has cut it. */
  readonly isStart: boolean;
}

/** @throws {UsageError} */
function readId([id, ...more]: readonly string[]): Id | undefined {
  if (more.length > 0) throw new UsageError('at most one ID is allowed');
  if (id === '') throw new UsageError('ID must not be empty');
  return id === undefined ? undefined : { text: id.replace(/…$/, ''), isStart: id.endsWith('…') };
}

interface Search {
  readonly queue: ErrorQueue;
  readonly id: string | undefined;
  readonly filter: ErrorFilter;
  /** The largest number of messages to keep. */
  readonly limit: number;
}

/** @throws {CommandError} when no message is found */
async function find(
  { queue, id, filter, limit }: Search,
  context: CommandContext,
): Promise<NewestMessages> {
  const found = new NewestMessages(limit);
  const rankOf = (message: FailedMessage): number =>
    id === undefined ? EXACT : rankById(message, id);
  const search: ErrorFilter = {
    isSet: true,
    ids: filter.ids,
    limit: Number.POSITIVE_INFINITY,
    matches: (message) => filter.matches(message) && rankOf(message) < NO_MATCH,
  };
  const onMessage = (message: FailedMessage): void => found.add(message, rankOf(message));
  const look = await lookAtErrors(
    { queue, filter: search, onMessage, ...readProgress({ queue }, context) },
    context,
  );
  const gap = describeGap(queue, look, context);
  if (gap !== undefined) throw new CommandError(gap);
  if (found.count > 0) return found;
  if (look.read === 0)
    throw new CommandError(describeEmptyQueue(queue.name, look.consumers, queue.config));
  const subject = id === undefined ? 'no message matches' : `no message has the id "${id}"`;
  const read = `${countOf(look.read, 'message')} of "${queue.name}"`;
  throw new CommandError(`${subject}; looked through ${read}`);
}

const EXACT = 0;
const SAME_JOURNEY = 1;
const SAME_START = 2;
const NO_MATCH = 3;

function rankById(message: FailedMessage, id: string): number {
  if (message.id === id) return EXACT;
  if (message.journey === id) return SAME_JOURNEY;
  return message.id.startsWith(id) ? SAME_START : NO_MATCH;
}

/** Describes the messages that are shown instead of those with this id; undefined if it exists. */
function describeInexact({ text, isStart }: Id, { newest }: NewestMessages): string | undefined {
  const [first] = newest;
  const rank = first === undefined ? EXACT : rankById(first, text);
  if (rank === EXACT || (rank === SAME_START && isStart)) return undefined;
  const what = rank === SAME_JOURNEY ? 'of the journey with this id' : 'whose id begins with it';
  return `no message has the id "${text}"; these are the messages ${what}`;
}

type Print = (message: FailedMessage, index: number, context: CommandContext) => Promise<void>;

const printJson: Print = (message, _, { terminal }) => terminal.write(encodeFailedMessage(message));

/** Messages are separated by a line. */
function printView(full: boolean, { config }: ErrorQueue): Print {
  return async (message, index, { terminal }) => {
    const width = terminal.width ?? DEFAULT_WIDTH;
    const view = formatError(message, { width, full, happyEnd: config.happyEnd });
    terminal.out(index === 0 ? view : `\n${'─'.repeat(width)}\n\n${view}`);
  };
}

const DEFAULT_WIDTH = 80;
