import { defineCommand } from '../command/command.ts';
import { readCommandConfig } from '../command/config.ts';
import { EXIT } from '../command/exit.ts';
import { errorQueueOf, PARKED_OPTION } from '../errorQueue/errorQueue.ts';
import { FILTER_DESCRIPTION, FILTER_OPTIONS, readFilter } from '../errorQueue/filter.ts';
import { createListing } from './listing.ts';
import { readProgress } from './readProgress.ts';
import { lookAtErrors } from '../errorQueue/lookAtErrors.ts';
import { describeGap, describeLook } from '../errorQueue/queueReport.ts';

export const listCommand = defineCommand({
  name: 'errors list',
  summary: 'groups failed messages by actor, code and text',
  description: [
    `Groups the failed messages by actor, fault code and error text, the largest group first. Each
    group has the times of its first and last failure, and the envelope id of its newest message as
    an example. The messages stay in the queue.`,
    ...FILTER_DESCRIPTION,
    'Example: asya-sidecar errors list --since 2h --actor infer',
  ],
  options: {
    ...FILTER_OPTIONS,
    parked: PARKED_OPTION,
    each: { type: 'boolean', doc: 'Prints one line for each message, in the order of the queue.' },
    json: {
      type: 'boolean',
      doc: 'Prints a JSON object for each group; with --each, for each whole message.',
    },
  },
  async run(args, context) {
    const filter = readFilter(args, Date.now());
    const queue = errorQueueOf(args.has('parked'), readCommandConfig(context.environment));
    const { terminal } = context;
    const json = args.has('json');
    const listing = createListing({ each: args.has('each'), json }, context);
    const look = await lookAtErrors(
      { queue, filter, ...listing, ...readProgress({ queue }, context) },
      context,
    );
    await listing.finish();
    const print = (line: string): void =>
      json ? terminal.err(`${line}\n`) : terminal.out(`${line}\n`);
    print(describeLook(queue, look));
    const show = queue.isParked ? 'show --parked ID' : 'show ID';
    if (look.selected > 0) print(`asya-sidecar errors ${show} prints one of them`);
    const gap = describeGap(queue, look, context);
    if (gap !== undefined) terminal.err(`${gap}\n`);
    return gap === undefined ? EXIT.done : EXIT.failed;
  },
});
