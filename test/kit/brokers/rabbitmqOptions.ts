import { pino } from 'pino';
import type { Broker } from '../../../src/config/formats/brokerUrls.ts';
import type { RabbitmqOptions } from '../../../src/transport/rabbitmq/rabbitmq.ts';

/**
 * Returns the default options of a transport under test. This module imports only types, so it does
 * not load amqplib.
 */
export function rabbitmqOptions(
  brokers: readonly Broker[],
  overrides: Partial<RabbitmqOptions> = {},
): RabbitmqOptions {
  return {
    readBrokers: () => brokers,
    readTlsOptions: () => ({}),
    variables: { address: 'ADDRESS', login: 'LOGIN', vhost: 'VHOST' },
    exchange: 'asya',
    queueType: 'quorum',
    autoCreate: true,
    confirmTimeoutMs: 20_000,
    onState: () => {},
    log: pino({ level: process.env['ASYA_TEST_LOG'] ?? 'silent' }),
    ...overrides,
  };
}
