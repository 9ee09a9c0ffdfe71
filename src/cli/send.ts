import { isActorName } from '../envelope/actorName.ts';
import type { HeaderEdit } from '../envelope/edit.ts';
import type { Envelope } from '../envelope/envelope.ts';
import { createReplyQueueName } from '../replyQueue.ts';
import { defineCommand } from './command/command.ts';
import { readCommandConfig } from './command/config.ts';
import { UsageError } from './command/exit.ts';
import { parseDurationOption } from './input/durationOption.ts';
import { replyToHeaders } from './replies/replyTo.ts';
import { readHeaderOptions } from './send/headerOptions.ts';
import { readEnvelopes } from './send/readEnvelopes.ts';
import { sendAndPrint } from './send/printedSend.ts';
import { waitAndPrint } from './send/printedWait.ts';
import { openForSending } from './send/publish/openForSending.ts';

export const sendCommand = defineCommand({
  name: 'send',
  summary: 'publishes envelopes, and waits for their results',
  description: [
    `Publishes the envelopes in the files, and prints the id of each envelope that the broker has
    confirmed. A file holds one JSON document or several, as in JSON Lines, and may be gzipped; "-"
    is standard input. An envelope goes to the actor that is current in its route.`,
    `All files are read before the first envelope is published. An envelope that the broker refuses,
    or whose actor has no queue, does not stop the others; a missing confirm does. Standard error
    has the ids of the first envelopes that were not sent, the number of the others, and the
    reasons. To send the rest, remove from the file the envelopes whose ids are on standard output,
    and send the file again. An envelope of which it is unknown whether it is stored may then arrive
    twice.`,
    `With --wait, prints the results of the envelopes instead: each final payload on standard
    output, and each error on standard error. With several answers, each has one line, which begins
    with the id of the envelope, the index in each fan-out, and a tab: "env-1.0.2 [2]". The exit
    code is 0 if every answer is a payload, 1 if an envelope failed or was not sent, and 3 if the
    time was over before all answers had arrived.`,
    `While the broker accepts no publishes (memory or disk alarm), the command waits, and reports
    the beginning and the end of the alarm on standard error.`,
    'Example: echo \'"world"\' | asya-sidecar send --wait 30s --route greet -',
  ],
  options: {
    route: {
      type: 'string',
      value: 'ACTOR,…',
      doc: `The documents are payloads. Each is wrapped in an envelope with this route and a
        random id.`,
    },
    wait: {
      type: 'string',
      value: 'TIME',
      doc: `Waits for the results, at most this time after the broker's last confirm, such as 30s.
        Replaces the header x-asya-reply-to of an envelope.`,
    },
    deadline: {
      type: 'string',
      value: 'TIME',
      doc: `Sets the deadline of each envelope to this time from now, such as 5m. An actor that
        receives the envelope later sends it to error-end.`,
    },
    header: {
      type: 'string',
      value: 'NAME=VALUE',
      multiple: true,
      doc: 'Sets a header of each envelope to a string.',
    },
  },
  operands: { name: 'FILE', multiple: true, required: true },
  async run(args, context) {
    const route = readRoute(args.valueOf('route'));
    const waitMs = parseDurationOption('--wait', args.valueOf('wait'));
    const deadlineMs = parseDurationOption('--deadline', args.valueOf('deadline'));
    const headers = readHeaderOptions(args.valuesOf('header'), deadlineMs);
    const queue = createReplyQueueName();
    const headersOf = (envelope: Envelope): readonly HeaderEdit[] =>
      waitMs === undefined ? headers : [...headers, ...replyToHeaders(envelope, queue)];
    const config = readCommandConfig(context.environment);
    const reading = { files: args.operands, route, headersOf, config };
    const envelopes = await readEnvelopes(reading, context);
    const sender = await openForSending(config, context);
    try {
      return waitMs === undefined
        ? await sendAndPrint(envelopes, sender, context)
        : await waitAndPrint(envelopes, { queue, waitMs }, sender, context);
    } finally {
      await sender.close();
    }
  },
});

/** @throws {UsageError} when a name is not an actor name */
function readRoute(list: string | undefined): readonly string[] | undefined {
  const route = list?.split(',').map((actor) => actor.trim());
  const invalid = route?.find((actor): boolean => !isActorName(actor));
  if (invalid !== undefined)
    throw new UsageError(`--route: "${invalid}" is not a valid actor name`);
  return route;
}
