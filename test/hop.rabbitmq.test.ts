import { pino } from 'pino';
import { parseBrokers } from '../src/config/broker.ts';
import { openRabbitmq } from '../src/transport/rabbitmq.ts';
import { sharedBroker } from './helpers/sharedBroker.ts';
import { createStates } from './helpers/states.ts';
import { hopTable } from './hopTable.ts';

const { url } = sharedBroker();
const brokers = parseBrokers(url) ?? [];

hopTable('rabbitmq', async (topology, onState) => {
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
});
