import type { TestContext } from 'node:test';
import type { Command } from '../../../src/cli/command/command.ts';
import type { Environment } from '../../../src/config/config.ts';
import type { Headers, Message } from '../../../src/transport/message.ts';
import { createMemoryBroker, type MemoryBroker } from '../../../src/transport/memory/broker.ts';
import { openMemory } from '../../../src/transport/memory/memory.ts';
import type { Delivery, Transport } from '../../../src/transport/transport.ts';
import type { InspectableTransport } from '../../../src/transport/inspection/inspectableTransport.ts';
import { openArrivals, type Arrivals } from '../envelopes/arrivals.ts';
import { runCommand, type CommandResult, type ContextOverrides } from './commandContext.ts';
import { within } from './until.ts';

/**
 * Runs commands against a memory broker in this process. The broker has the queues of the actors
 * `prep` and `infer` and of both ends.
 */
export interface Commands {
  readonly broker: MemoryBroker;
  readonly transport: InspectableTransport;
  readonly run: (
    command: Command,
    args: readonly string[],
    overrides?: ContextOverrides,
  ) => Promise<CommandResult>;
  /** Sends a message to a queue, as a sidecar does. */
  readonly put: (queue: string, body: Buffer | object, headers?: Headers) => Promise<void>;
  /** Reads all messages of a queue in order, and leaves them there. */
  readonly look: (queue: string) => Promise<readonly Message[]>;
  readonly arrivals: (queue: string) => Promise<Arrivals>;
}

/** Selects a transport that other processes can reach. The memory broker replaces it. */
const REACHABLE = { ASYA_TRANSPORT: 'sqlite', ASYA_SQLITE_PATH: 'none' };

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
    run: (command, args, overrides = {}) =>
      runCommand(command, args, {
        environment: { ...REACHABLE, ...environment },
        openTransport: ({ config, onState }) =>
          openMemory({
            broker,
            topology: { ...config, actor: 'prep', retryDelaysMs: [] },
            onState,
          }),
        ...overrides,
      }),
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

/** Sends a sentinel, and reads up to it. */
async function look(transport: Transport, queue: string): Promise<readonly Message[]> {
  await transport.send(queue, { body: Buffer.alloc(0), headers: { [SENTINEL]: true } });
  const found: Delivery[] = [];
  const sentinel = Promise.withResolvers<Delivery>();
  const subscription = await transport.receive(
    queue,
    (delivery) => {
      if (delivery.headers[SENTINEL] === true) sentinel.resolve(delivery);
      else found.push(delivery);
    },
    { prefetch: 1_000 },
  );
  await transport.ack(await within(sentinel.promise, `the sentinel in ${queue}`));
  await subscription.cancel();
  for (const delivery of found) await transport.nack(delivery);
  return found;
}
