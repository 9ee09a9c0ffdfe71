import { randomUUID } from 'node:crypto';
import type { TestContext } from 'node:test';
import { pino } from 'pino';
import type { Broker } from '../../../src/config/formats/brokerUrls.ts';
import { openRabbitmq, type RabbitmqOptions } from '../../../src/transport/rabbitmq/rabbitmq.ts';
import type { Topology } from '../../../src/transport/queues.ts';
import type { InspectableTransport } from '../../../src/transport/inspection/inspectableTransport.ts';
import { rabbitmqOptions } from './rabbitmqOptions.ts';
import { createStates, type States } from '../rigs/states.ts';

/** A RabbitMQ transport under test, the states it has reported and its warnings. */
export interface OpenedTransport {
  readonly transport: InspectableTransport;
  readonly states: States;
  /** The logged warnings and errors, as JSON lines. */
  readonly warnings: readonly string[];
}

export type Overrides = Partial<RabbitmqOptions> & { readonly ports?: readonly number[] };

/** Opens a transport to the brokers at these local ports, and closes it after the test. */
export async function openRabbitmqTransport(
  t: TestContext,
  topology: Topology | undefined,
  { ports = [], ...overrides }: Overrides,
): Promise<OpenedTransport> {
  const states = createStates();
  const warnings: string[] = [];
  const log = pino(
    { level: 'warn', base: null },
    {
      write: (line: string) =>
        void (warnings.push(line), process.env['ASYA_TEST_LOG'] && process.stderr.write(line)),
    },
  );
  const options = rabbitmqOptions(ports.map(localBroker), { log, ...overrides });
  const transport = await openRabbitmq({ ...options, topology, onState: states.onState });
  t.after(() => transport.close());
  return { transport, states, warnings };
}

export function localBroker(port: number): Broker {
  return {
    hostname: '127.0.0.1',
    port,
    username: 'guest',
    password: 'guest',
    vhost: '/',
    tls: false,
  };
}

/** Returns a topology whose names no other test uses. */
export function uniqueTopology(): Topology {
  const suffix = randomUUID().slice(0, 8);
  return {
    actor: `infer-${suffix}`,
    happyEnd: `happy-end-${suffix}`,
    errorEnd: `error-end-${suffix}`,
    retryDelaysMs: [100],
  };
}
