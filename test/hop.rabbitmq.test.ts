import { pino } from 'pino';
import { parseBrokers } from '../src/config/broker.ts';
import { openRabbitmq } from '../src/transport/rabbitmq.ts';
import { sharedBroker } from './helpers/sharedBroker.ts';
import { hopTable } from './hopTable.ts';

const { url } = sharedBroker();
const brokers = parseBrokers(url) ?? [];

hopTable('rabbitmq', (topology, onState) =>
  openRabbitmq(
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
    onState,
  ),
);
