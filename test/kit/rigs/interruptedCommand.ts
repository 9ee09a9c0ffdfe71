import type { InspectableTransport } from '../../../src/transport/inspection/inspectableTransport.ts';
import { MINUTE, SECOND } from '../../../src/units.ts';
import { until } from '../processes/until.ts';
import { runAndKill, type KillPoint } from '../processes/killedCommand.ts';
import type { Variables } from '../processes/sidecarProcess.ts';

/** A command that moves messages out of error-end's queue, and where it moves them. */
export interface MovingCommand {
  /** The arguments of one run, by its number. */
  readonly argsOf: (run: number) => readonly string[];
  /** The number of messages that a run has moved so far. */
  readonly countMoved: (run: number, printedLines: number) => number;
  /** Returns the ids of the messages that were moved, with repetitions. */
  readonly readMoved: (printed: readonly string[]) => Promise<readonly string[]>;
}

export interface InterruptionOptions {
  readonly transport: InspectableTransport;
  readonly variables: Variables;
  readonly errorEnd: string;
  /** The actor at which all messages have failed. */
  readonly actor: string;
  readonly messages: number;
  readonly kills: number;
  /** Returns an integer from 0 to `limit - 1`. */
  readonly random: (limit: number) => number;
  readonly log?: (text: string) => void;
}

type FillOptions = Pick<InterruptionOptions, 'transport' | 'errorEnd' | 'actor' | 'messages'>;

/** Where all messages are after a command was killed several times and then ran to its end. */
export interface Interruption {
  /** The number of runs that were killed before their end. */
  readonly kills: number;
  readonly lost: readonly string[];
  /** The number of messages that were moved a second time. */
  readonly duplicates: number;
  /** The number of messages that are still in error-end's queue. */
  readonly left: number;
  /** Whether the messages of the queue kept their order. */
  readonly isInOrder: boolean;
}

const UNCONFIRMED = 50;
const MAX_DELAY_MS = 20;
const RETURN_TIMEOUT_MS = MINUTE;
const MAX_RUNS = 1_000;

/** Fills error-end's queue, and kills a command at random points while it empties the queue. */
export async function interruptCommand(
  command: MovingCommand,
  options: InterruptionOptions,
): Promise<Interruption> {
  const { transport, variables, errorEnd, log = () => {} } = options;
  const sent = await fillErrorEnd(options);
  log(`${sent.length} error envelopes are in the queue`);
  const printed: string[] = [];
  let kills = 0;
  let isInOrder = true;
  let run = 0;
  for (; run < options.kills; run++) {
    const point = randomPoint(command, run, options);
    const { code, lines } = await runAndKill(command.argsOf(run), variables, point);
    printed.push(...lines);
    if (code === undefined) kills++;
    await untilReturned(transport, errorEnd);
    const left = await readIds(transport, errorEnd);
    isInOrder &&= isSubsequence(left, sent);
    log(
      `run ${run}: ${lines.length} moved, ${left.length} left${code === undefined ? '' : ', ended'}`,
    );
    if (left.length === 0) break;
  }
  while ((await readIds(transport, errorEnd)).length > 0 && run++ < MAX_RUNS) {
    await untilReturned(transport, errorEnd, true);
    const { lines, code } = await runAndKill(command.argsOf(run), variables);
    printed.push(...lines);
    log(`run ${run}: ended with ${code}`);
  }
  const moved = await command.readMoved(printed);
  const left = await readIds(transport, errorEnd);
  return { kills, isInOrder, ...accountFor(sent, moved, left) };
}

/**
 * Compares the messages that were sent with those that were found at the end.
 * @param moved the ids of the messages that were moved, with repetitions
 * @param left the ids of the messages in error-end's queue
 */
export function accountFor(
  sent: readonly string[],
  moved: readonly string[],
  left: readonly string[],
): Pick<Interruption, 'lost' | 'duplicates' | 'left'> {
  const found = new Set([...moved, ...left]);
  return {
    lost: sent.filter((id) => !found.has(id)),
    duplicates: moved.length - new Set(moved).size,
    left: left.length,
  };
}

/**
 * Waits until the broker has noticed the end of the process, and returned its messages.
 * @param withLeases also waits until the leases of the process have expired
 */
export async function untilReturned(
  transport: InspectableTransport,
  queue: string,
  withLeases = false,
): Promise<void> {
  await until(
    async () => {
      const { consumers = 0, leased } = (await transport.inspect(queue)) ?? {};
      return consumers === 0 && !(withLeases && leased !== undefined);
    },
    'the return of the messages',
    RETURN_TIMEOUT_MS,
  );
}

function randomPoint(
  { countMoved }: MovingCommand,
  run: number,
  { messages, kills, random }: InterruptionOptions,
): KillPoint {
  const count = random(Math.ceil((1.5 * messages) / kills));
  return {
    isReached: (printedLines) => countMoved(run, printedLines) >= count,
    delayMs: random(MAX_DELAY_MS),
  };
}

/** Sends error envelopes to error-end's queue. Returns their ids in order. */
export async function fillErrorEnd({
  transport,
  errorEnd,
  actor,
  messages,
}: FillOptions): Promise<string[]> {
  const ids = Array.from({ length: messages }, (_, index) => `env-${index}`);
  for (let from = 0; from < ids.length; from += UNCONFIRMED) {
    const batch = ids.slice(from, from + UNCONFIRMED);
    await Promise.all(
      batch.map((id) => transport.send(errorEnd, { body: encodeFailed(id, actor), headers: {} })),
    );
  }
  return ids;
}

function encodeFailed(id: string, actor: string): Buffer {
  const details = { code: 'runtime_error', message: 'on purpose', actor, attempt: 1 };
  const payload = { error: 'ValueError: on purpose', details, original_payload: { id } };
  const route = { actors: [actor], current: 0 };
  return Buffer.from(JSON.stringify({ id, route, headers: {}, payload }));
}

/** Reads the ids of the envelopes in a queue, in order. */
export async function readIds(
  transport: InspectableTransport,
  queue: string,
): Promise<readonly string[]> {
  const ids: string[] = [];
  await transport.look(
    queue,
    ({ body }) => {
      const { id } = JSON.parse(body.toString()) as { id: string };
      ids.push(id);
    },
    {
      limit: Number.POSITIVE_INFINITY,
      idleTimeoutMs: 5 * SECOND,
      stopped: new AbortController().signal,
    },
  );
  return ids;
}

export function isSubsequence(part: readonly string[], whole: readonly string[]): boolean {
  let at = 0;
  for (const id of whole) if (id === part[at]) at++;
  return at === part.length;
}
