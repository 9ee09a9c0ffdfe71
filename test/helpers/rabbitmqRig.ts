import type { TestContext } from 'node:test';
import { pino } from 'pino';
import { parseBrokers } from '../../src/config/broker.ts';
import { openRabbitmq } from '../../src/transport/rabbitmq.ts';
import { openProxy, type Proxy } from './proxy.ts';
import { openRig, type OpenTransport, type Rig, type RigOptions } from './rig.ts';
import { sharedBroker } from './sharedBroker.ts';
import { createStates } from './states.ts';

/** Opens transports on the broker that the tests share; resolves when they are connected. */
export function openOnRabbitmq(port?: number): OpenTransport {
  const brokers = (parseBrokers(sharedBroker().url) ?? []).map((broker) => ({
    ...broker,
    port: port ?? broker.port,
  }));
  return async (topology, onState) => {
    const states = createStates();
    const transport = await openRabbitmq(
      {
        readBrokers: () => brokers,
        readTlsOptions: () => ({}),
        exchange: `exchange-${topology.happyEnd}`,
        queueType: 'quorum',
        autoCreate: true,
        confirmTimeoutMs: 20_000,
        log: pino({ level: process.env['ASYA_TEST_LOG'] ?? 'silent' }),
      },
      topology,
      (state) => {
        states.onState(state);
        onState(state);
      },
    );
    // It connects in the background, and some hops have a deadline.
    await states.until({ connected: true });
    return transport;
  };
}

/** A rig whose every connection to the broker goes through a proxy that can fail. */
export async function openRigBehindProxy(
  t: TestContext,
  options: Omit<RigOptions, 'open'>,
): Promise<{ rig: Rig; proxy: Proxy }> {
  const [broker] = parseBrokers(sharedBroker().url) ?? [];
  const proxy = await openProxy(broker?.port ?? 5672);
  const rig = await openRig({ open: openOnRabbitmq(proxy.port), ...options });
  t.after(async () => {
    await rig.close();
    await proxy.close();
  });
  return { rig, proxy };
}
