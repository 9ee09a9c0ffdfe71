import { Readable } from 'node:stream';
import type { TestContext } from 'node:test';
import { pino } from 'pino';
import type { Command, CommandContext } from '../../../src/cli/command/command.ts';
import type { Environment } from '../../../src/config/config.ts';
import { openMemory } from '../../../src/transport/memory/memory.ts';
import { createMemoryBroker, type MemoryBroker } from '../../../src/transport/memory/broker.ts';
import type { Headers, Message } from '../../../src/transport/message.ts';
import type {
  InspectableTransport,
  Delivery,
  Transport,
} from '../../../src/transport/transport.ts';
import { openArrivals, type Arrivals } from '../envelopes/arrivals.ts';
import { within } from './until.ts';

/** What a command left behind. */
export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/**
 * Commands against a broker in this process, with the queues of the actors `prep` and `infer` and
 * of both ends.
 */
export interface Commands {
  readonly broker: MemoryBroker;
  readonly transport: InspectableTransport;
  readonly run: (
    command: Command,
    args: readonly string[],
    more?: Partial<CommandContext>,
  ) => Promise<Ran>;
  /** Puts something into a queue, as a sidecar would. */
  readonly put: (queue: string, body: Buffer | object, headers?: Headers) => Promise<void>;
  /** Everything that stands in a queue, in order. It stays there. */
  readonly look: (queue: string) => Promise<readonly Message[]>;
  readonly arrivals: (queue: string) => Promise<Arrivals>;
}

export async function setupCommands(
  t: TestContext,
  environment: Environment = {},
): Promise<Commands> {
  const broker = createMemoryBroker();
  const open = async (actor: string): Promise<InspectableTransport> => {
    const topology = { actor, happyEnd: 'happy-end', errorEnd: 'error-end', retryDelaysMs: [] };
    const transport = await openMemory({ broker, topology, onState: () => {} });
    t.after(() => transport.close());
    return transport;
  };
  const [transport] = await Promise.all([open('prep'), open('infer')]);

  return {
    broker,
    transport,
    async run(command, args, more = {}) {
      let out = '';
      let err = '';
      const terminal = {
        out: (text: string) => void (out += text),
        err: (text: string) => void (err += text),
        width: undefined,
        colour: false,
      };
      const code = await command(args, {
        // The transport that is opened below stands for it.
        environment: { ASYA_TRANSPORT: 'sqlite', ASYA_SQLITE_PATH: 'none', ...environment },
        terminal,
        stdin: Readable.from([]),
        openTransport: ({ config, onState }) =>
          openMemory({
            broker,
            topology: { ...config, actor: 'prep', retryDelaysMs: [] },
            onState,
          }),
        log: pino({ level: 'silent' }),
        quietMs: 50,
        stopped: new AbortController().signal,
        outputClosed: new AbortController().signal,
        ...more,
      });
      return { code, out, err };
    },
    put: (queue, body, headers = {}) =>
      transport.send(queue, {
        body: Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body)),
        headers,
      }),
    look: (queue) => look(transport, queue),
    arrivals: (queue) => openArrivals(transport, queue),
  };
}

const SENTINEL = 'asya-test-sentinel';

/** A message of our own stands behind all that is there. */
async function look(transport: Transport, queue: string): Promise<readonly Message[]> {
  await transport.send(queue, { body: Buffer.alloc(0), headers: { [SENTINEL]: true } });
  const found: Delivery[] = [];
  const complete = Promise.withResolvers<Delivery>();
  const subscription = await transport.receive(
    queue,
    (delivery) => {
      if (delivery.headers[SENTINEL] === true) complete.resolve(delivery);
      else found.push(delivery);
    },
    { prefetch: 1_000 },
  );
  await transport.ack(await within(complete.promise, `looking into ${queue}`));
  await subscription.cancel();
  for (const delivery of found) await transport.nack(delivery);
  return found;
}
