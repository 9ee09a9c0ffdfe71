import type { QueuedMessage } from '../../transport/inspection/queueReader.ts';
import { defineCommand, type CommandContext } from '../command/command.ts';
import { readCommandConfig } from '../command/config.ts';
import { EXIT } from '../command/exit.ts';
import { printable } from '../terminal/printable.ts';
import { encodeArchived } from '../failures/errorJson.ts';
import { errorQueueOf, PARKED_OPTION } from '../errorQueue/errorQueue.ts';
import type { FormOptions } from '../failures/failedForm.ts';
import type { FailedMessage } from '../failures/failedMessage.ts';
import {
  FILTER_DESCRIPTION,
  FILTER_OPTIONS,
  MISSING_ID_DESCRIPTION,
  readFilter,
} from '../errorQueue/filter.ts';
import { LineOutput } from '../terminal/lineOutput.ts';
import { readProgress } from './readProgress.ts';
import { lookAtErrors } from '../errorQueue/lookAtErrors.ts';
import { describeGap, describeLook, describeMissingIds } from '../errorQueue/queueReport.ts';
import { sendableOriginal } from './sendableOriginal.ts';

export const exportCommand = defineCommand({
  name: 'errors export',
  summary: 'prints failed messages as JSON lines',
  description: [
    `Prints each failed message with its headers, properties and bytes, one JSON object on each
    line, as "errors replay --from FILE" reads it. The messages stay in the queue.`,
    ...FILTER_DESCRIPTION,
    MISSING_ID_DESCRIPTION,
    'Example: asya-sidecar errors export --actor infer > infer.jsonl',
  ],
  options: {
    ...FILTER_OPTIONS,
    originals: {
      type: 'boolean',
      doc: `Prints the original envelopes instead, for "asya-sidecar send": one more hop, and no
        deadline. Standard error names the messages that contain no envelope to send.`,
    },
    parked: PARKED_OPTION,
  },
  async run(args, context) {
    const filter = readFilter(args, Date.now());
    const queue = errorQueueOf(args.has('parked'), readCommandConfig(context.environment));
    const isOriginals = args.has('originals');
    const encode = isOriginals ? originalEncoder(queue.config, context) : encodeArchived;
    const output = new LineOutput(context);
    let failures = 0;
    const missingIds = new Set(filter.ids);
    const onMessage = (message: FailedMessage, queued: QueuedMessage): void => {
      missingIds.delete(message.id);
      const line = encode(message, queued);
      if (line === undefined) failures++;
      else output.write(line);
    };
    const drained = (): Promise<void> => output.drained();
    const look = await lookAtErrors(
      { queue, filter, onMessage, drained, ...readProgress({ queue }, context) },
      context,
    );
    await drained();
    // The reader has closed the output, as `head` does.
    if (context.outputClosed.aborted) return EXIT.done;
    const gap = describeGap(queue, look, context);
    const isComplete = gap === undefined && !look.isLimited;
    const missing = isComplete ? describeMissingIds(missingIds, `"${queue.name}"`) : undefined;
    const problems = [gap, missing].filter((problem) => problem !== undefined);
    for (const line of [describeLook(queue, look), ...problems]) context.terminal.err(`${line}\n`);
    return failures === 0 && problems.length === 0 ? EXIT.done : EXIT.failed;
  },
});

type Encode = (message: FailedMessage, queued: QueuedMessage) => Buffer | undefined;

/** Encodes originals, and prints the reason for each one that cannot be sent. */
function originalEncoder(options: FormOptions, { terminal }: CommandContext): Encode {
  return ({ id }, queued) => {
    const original = sendableOriginal(queued, options);
    if (Buffer.isBuffer(original)) return original;
    terminal.err(`${printable(`${id}: ${original.reason}`)}\n`);
    return undefined;
  };
}
