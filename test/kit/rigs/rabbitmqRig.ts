import type { TestContext } from 'node:test';
import { parseBrokerUrls } from '../../../src/config/formats/brokerUrls.ts';
import { openRabbitmq, type RabbitmqOptions } from '../../../src/transport/rabbitmq/rabbitmq.ts';
import type { Topology } from '../../../src/transport/queues.ts';
import { openProxy, type Proxy } from '../brokers/proxy.ts';
import { rabbitmqOptions } from '../brokers/rabbitmqOptions.ts';
import { openRig, type OpenTransport, type Rig, type RigOptions } from './rig.ts';
import { sharedBroker } from '../brokers/sharedBroker.ts';
import type { StageOptions } from './stage.ts';
import { createStates } from './states.ts';

/** Opens connected transports on the broker that all tests share. */
export function openOnRabbitmq(
  port?: number,
  overrides: Partial<RabbitmqOptions> = {},
): OpenTransport {
  const brokers = (parseBrokerUrls(sharedBroker().url) ?? []).map((broker) => ({
    ...broker,
    port: port ?? broker.port,
  }));
  return async (topology, onState) => {
    const states = createStates();
    const transport = await openRabbitmq({
      ...rabbitmqOptions(brokers, { exchange: exchangeOf(topology), ...overrides }),
      topology,
      onState: (state) => {
        states.onState(state);
        onState(state);
      },
    });
    // The transport connects in the background; some hops have a deadline.
    await states.until({ connected: true });
    return transport;
  };
}

/** The variables of a sidecar process for that broker, or for another local one. */
export function stageOnRabbitmq(
  { url, port }: { url: string; port?: number } = sharedBroker(),
): StageOptions {
  return {
    open: openOnRabbitmq(port),
    variablesOf: (topology) => ({
      ASYA_RABBITMQ_URL: url,
      ASYA_RABBITMQ_EXCHANGE: exchangeOf(topology),
    }),
  };
}

/** The exchange of a test. The name of its happy-end is unique, and so is the exchange's. */
export function exchangeOf({ happyEnd }: Pick<Topology, 'happyEnd'>): string {
  return `exchange-${happyEnd}`;
}

/** A rig that is connected to the broker through a proxy with failures. */
export async function openRigBehindProxy(
  t: TestContext,
  options: Omit<RigOptions, 'open'>,
): Promise<{ rig: Rig; proxy: Proxy }> {
  const [broker] = parseBrokerUrls(sharedBroker().url) ?? [];
  const proxy = await openProxy(broker?.port ?? 5672);
  const rig = await openRig({ open: openOnRabbitmq(proxy.port), ...options });
  t.after(async () => {
    await rig.close();
    await proxy.close();
  });
  return { rig, proxy };
}
