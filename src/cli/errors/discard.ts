import { defineCommand, type CommandContext } from '../command/command.ts';
import { readCommandConfig } from '../command/config.ts';
import { EXIT, UsageError, type ExitCode } from '../command/exit.ts';
import { STOPPED } from '../command/signals.ts';
import { archiveToStdout, createArchiveFile } from '../archive/archiveOutput.ts';
import { encodeArchived } from '../failures/errorJson.ts';
import { readFailedMessage } from '../failures/failedMessage.ts';
import { errorQueueOf, PARKED_OPTION, type ErrorQueue } from '../errorQueue/errorQueue.ts';
import {
  FILTER_DESCRIPTION,
  FILTER_OPTIONS,
  MISSING_ID_DESCRIPTION,
  readFilter,
  requireFilter,
} from '../errorQueue/filter.ts';
import { LineArchive } from '../archive/lineArchive.ts';
import {
  countOf,
  describeEmptyQueue,
  describeGap,
  describeLeases,
  describeMissingIds,
} from '../errorQueue/queueReport.ts';
import { takeErrors, type Taken } from '../errorQueue/takeErrors.ts';

/** The largest number of messages that wait for their line to be durable. */
const MAX_PENDING = 1_000;

const STDOUT = '-';

export const discardCommand = defineCommand({
  name: 'errors discard',
  summary: 'moves failed messages from the queue to a file',
  description: [
    `Writes failed messages to a file, one JSON object on each line, and removes each message from
    the queue after its line is on disk. The other messages stay in the queue. If the command is
    interrupted, a message is in the queue, in the file, or in both. "errors replay --from FILE"
    sends the originals in the file again.`,
    ...FILTER_DESCRIPTION,
    MISSING_ID_DESCRIPTION,
    'Example: asya-sidecar errors discard --code parse_error --file parse_errors.jsonl',
  ],
  options: {
    ...FILTER_OPTIONS,
    all: { type: 'boolean', doc: 'Discards every message; without it, a filter is required.' },
    file: {
      type: 'string',
      value: 'FILE',
      required: true,
      doc: `A new file, which only its owner may read, or "-" for standard output. A pipe counts as
        written when its reader can read it.`,
    },
    parked: PARKED_OPTION,
    json: { type: 'boolean', doc: 'Prints the result as JSON.' },
  },
  async run(args, context) {
    const file = args.valueOf('file') ?? '';
    if (file === '') throw new UsageError('--file FILE is required');
    const filter = readFilter(args, Date.now());
    requireFilter(filter, args.has('all'));
    const queue = errorQueueOf(args.has('parked'), readCommandConfig(context.environment));
    const output =
      file === STDOUT ? archiveToStdout(context.terminal) : await createArchiveFile(file);
    const archive = new LineArchive(output);
    const missingIds = new Set(filter.ids);
    let written = 0;
    try {
      const taken = await takeErrors(
        queue,
        {
          match: (queued) => filter.matches(readFailedMessage(queued, queue.config)),
          limit: filter.limit,
          concurrency: MAX_PENDING,
          async take(queued) {
            const message = readFailedMessage(queued, queue.config);
            missingIds.delete(message.id);
            await archive.append(() => encodeArchived(message, queued));
            context.terminal.progress(`taken out of "${queue.name}": ${++written}`);
          },
        },
        { ...context, stopped: AbortSignal.any([context.stopped, context.outputClosed]) },
      );
      if (taken.taken >= filter.limit) missingIds.clear();
      return report({ queue, taken, file, missingIds, json: args.has('json') }, context);
    } catch (error) {
      if (archive.count > 0) {
        context.terminal.err(`${countOf(archive.count, 'message')} written to ${output.name}\n`);
      }
      throw error;
    } finally {
      await output.close();
    }
  },
});

interface Discarded {
  readonly queue: ErrorQueue;
  readonly taken: Taken;
  readonly file: string;
  /** The ids of the filter that no message has. */
  readonly missingIds: ReadonlySet<string>;
  readonly json: boolean;
}

/** Prints the result; to standard error when standard output is the archive. */
function report(discarding: Discarded, context: CommandContext): ExitCode {
  const { queue, taken, file, missingIds, json } = discarding;
  const { terminal } = context;
  const print = (line: string): void =>
    file === STDOUT ? terminal.err(`${line}\n`) : terminal.out(`${line}\n`);
  const { name } = queue;
  const { taken: discarded, state, end } = taken;
  const gap = describeGap(queue, { end }, context);
  if (json) print(JSON.stringify({ queue: name, discarded, file }));
  else if (state?.ready === 0) print(describeEmptyQueue(name, state.consumers, queue.config));
  else if (discarded === 0 && missingIds.size === 0 && gap === undefined)
    print(`no message of "${name}" matches`);
  else if (discarded > 0)
    print(`${countOf(discarded, 'message')} of "${name}" moved to ${nameOf(file)}`);
  const problems = context.stopped.aborted
    ? [STOPPED]
    : [describeMissingIds(missingIds, `"${name}"`), describeLeases(name, state), gap];
  const known = problems.filter((problem) => problem !== undefined);
  for (const problem of known) terminal.err(`${problem}\n`);
  return known.length === 0 ? EXIT.done : EXIT.failed;
}

function nameOf(file: string): string {
  return file === STDOUT ? 'standard output' : file;
}
