import { after } from 'node:test';
import { pino } from 'pino';
import { startRecordedSdk } from '../helpers/recordedSdk.ts';
import { sharedBroker } from '../helpers/sharedBroker.ts';
import { journeyTrees } from './journeyTrees.ts';

// The SDK before amqplib is loaded, as register.ts does it.
const sdk = startRecordedSdk();
after(() => sdk.close());

const { openRabbitmq } = await import('../../src/transport/rabbitmq.ts');
const { parseBrokers } = await import('../../src/config/broker.ts');
const brokers = parseBrokers(sharedBroker().url) ?? [];

journeyTrees({
  sdk,
  system: 'rabbitmq',
  open: (topology, onState) =>
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
});
