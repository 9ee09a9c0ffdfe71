import { pino } from 'pino';
import type { Broker } from '../../../src/config/broker/brokerUrls.ts';
import type { RabbitmqOptions } from '../../../src/transport/rabbitmq/rabbitmq.ts';

/**
 * What a test opens its transports with, as far as it does not say otherwise. Types only: amqplib
 * is not loaded by it.
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
