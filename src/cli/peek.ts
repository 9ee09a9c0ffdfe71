import type { Config } from '../config/config.ts';
import { isActorName } from '../envelope/actorName.ts';
import { parkedQueue } from '../transport/queues.ts';
import type { Look } from '../transport/inspection/queueReader.ts';
import { defineCommand, type CommandContext } from './command/command.ts';
import { readCommandConfig } from './command/config.ts';
import { EXIT, UsageError, type ExitCode } from './command/exit.ts';
import { createPeekOutput, type PeekFormat } from './peek/peekOutput.ts';
import { describePeek } from './peek/peekReport.ts';
import { readQueue, type ReadOptions } from './queue/readQueue.ts';

const DEFAULT_LIMIT = 20;

/** The line that precedes a look which the sidecar counts. */
const COUNTED = 'each look counts as a redelivery; the sidecar isolates messages at 3';

export const peekCommand = defineCommand({
  name: 'peek',
  summary: 'shows the messages in a queue, and leaves them there',
  description: [
    `Shows the messages in the queue of an actor or an end in their order, and leaves them there in
    the same order: id, journey ("-" if it is the id), the actor from which the message comes, age,
    attempt, fault code, and the start of the payload. A message that a consumer or another
    look holds is not shown.`,
    `On RabbitMQ, each look raises the broker's delivery count of a message. The queue of error-end
    and its parked queue may be looked at freely; the sidecar of any other actor isolates messages
    that were delivered too often, so that its queue and its retry queues need --yes. On SQLite, a
    look changes nothing.`,
    'Example: asya-sidecar peek error-end --limit 5 --full',
  ],
  options: {
    retry: {
      type: 'boolean',
      doc: `Shows the messages that wait for their next attempt. On RabbitMQ it reads the retry queues
        for the delays of ASYA_RETRY_BACKOFF and of its default; set it to that of the actor.`,
    },
    parked: { type: 'boolean', doc: 'Shows the parked queue of error-end.' },
    limit: { type: 'string', value: 'N', doc: 'Shows at most N messages, 20 by default.' },
    full: { type: 'boolean', doc: 'Prints whole messages.' },
    json: {
      type: 'boolean',
      doc: `Prints each message as one line of JSON: {queue, properties, headers, body}, with
        body_base64 instead of body for bytes that are not UTF-8.`,
    },
    yes: { type: 'boolean', doc: 'Looks although the sidecar counts each look as a redelivery.' },
    force: {
      type: 'boolean',
      doc: `Looks at a queue that no sidecar has declared. With a low delivery limit, the broker
        drops messages that are looked at often.`,
    },
  },
  operands: { name: 'ACTOR', required: true },
  async run(args, context) {
    const config = readCommandConfig(context.environment);
    const target: Target = {
      actor: readActor(args.operands),
      isRetry: args.has('retry'),
      isParked: args.has('parked'),
    };
    const queue = queueOf(target, config);
    const limit = args.countOf('limit') ?? DEFAULT_LIMIT;
    const format = readFormat(args.has('json'), args.has('full'));
    const beforeLook = (): void => {
      if (isCounted(target, config)) requireYes(args.has('yes'), queue, context);
    };
    const options = { config, context, limit, beforeLook, refuseForeign: !args.has('force') };
    return peek({ queue, isRetry: target.isRetry, format }, options);
  },
});

interface Target {
  readonly actor: string;
  readonly isRetry: boolean;
  readonly isParked: boolean;
}

/** @throws {UsageError} */
function readActor([actor = '', ...more]: readonly string[]): string {
  if (more.length > 0) throw new UsageError('only one ACTOR is allowed');
  if (isActorName(actor)) return actor;
  throw new UsageError(`"${String(actor)}" is not a valid actor name`);
}

/** @throws {UsageError} */
function queueOf({ actor, isRetry, isParked }: Target, { errorEnd }: Config): string {
  if (!isParked) return actor;
  if (isRetry) throw new UsageError('--retry and --parked exclude each other');
  if (actor === errorEnd) return parkedQueue(errorEnd);
  throw new UsageError(`only error-end ("${errorEnd}") has a parked queue, not "${actor}"`);
}

/** @throws {UsageError} */
function readFormat(isJson: boolean, isFull: boolean): PeekFormat {
  if (isJson && isFull) throw new UsageError('--json and --full exclude each other');
  if (isJson) return 'json';
  return isFull ? 'full' : 'table';
}

/** Whether the sidecar of the queue would count a look as a failed delivery. */
function isCounted({ actor, isRetry }: Target, { transport, errorEnd }: Config): boolean {
  return transport === 'rabbitmq' && (isRetry || actor !== errorEnd);
}

/** @throws {UsageError} */
function requireYes(isGiven: boolean, queue: string, { terminal }: CommandContext): void {
  terminal.err(`${COUNTED}\n`);
  if (!isGiven) throw new UsageError(`a look at "${queue}" needs --yes`);
}

interface Peek {
  readonly queue: string;
  readonly isRetry: boolean;
  readonly format: PeekFormat;
}

type PeekOptions = ReadOptions & { readonly limit: number; readonly context: CommandContext };

async function peek({ queue, isRetry, format }: Peek, options: PeekOptions): Promise<ExitCode> {
  const { config, context, limit } = options;
  const output = createPeekOutput(format, { config, context });
  const enough = new AbortController();
  let shown = 0;
  const look = await readQueue(
    queue,
    (message, name) => {
      // SQLite keeps delayed messages in the queue of the actor.
      if (shown >= limit || message.isDelayed !== isRetry) return;
      output.add(message, name);
      if (++shown >= limit) enough.abort();
    },
    {
      ...options,
      ...sourceOf(isRetry, config),
      enough: AbortSignal.any([enough.signal, context.outputClosed]),
      drained: () => output.drained(),
    },
  );
  await output.finish();
  const report = describePeek({ queue, isRetry, shown, look, isLimited: shown >= limit }, options);
  const text = report.map((line) => `${line}\n`).join('');
  if (format === 'json') context.terminal.err(text);
  else context.terminal.out(text);
  return isComplete(look, context) ? EXIT.done : EXIT.failed;
}

/** RabbitMQ keeps delayed messages in retry queues. */
function sourceOf(isRetry: boolean, { transport }: Config): Pick<ReadOptions, 'part' | 'limit'> {
  if (transport === 'rabbitmq') return { part: isRetry ? 'retries' : 'queue' };
  return { limit: Number.POSITIVE_INFINITY };
}

function isComplete({ end }: Look, { stopped }: CommandContext): boolean {
  return !stopped.aborted && end !== 'partial';
}
