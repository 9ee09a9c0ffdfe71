import type { Rabbitmqctl } from './rabbitmqctl.ts';
import { parseReleaseSeries, type ReleaseSeries } from './releaseSeries.ts';

/** The broker that all tests of a run share. Each test uses unique names. */
export interface SharedBroker {
  readonly url: string;
  /** Undefined for an external broker. */
  readonly control: Rabbitmqctl | undefined;
  /** The RabbitMQ series of the run, for tests that start another broker. */
  readonly series: ReleaseSeries;
}

/** @throws when neither `npm test` nor the environment names a broker */
export function sharedBroker(): SharedBroker {
  const { ASYA_TEST_AMQP_URL: url, ASYA_TEST_RABBITMQCTL: control, ...env } = process.env;
  if (url === undefined) throw new Error('run npm test, or set ASYA_TEST_AMQP_URL');
  return {
    url,
    // `test/run.ts` writes this variable.
    control: control === undefined ? undefined : (JSON.parse(control) as Rabbitmqctl),
    series: parseReleaseSeries(env['ASYA_TEST_RABBITMQ_SERIES'] ?? 'default'),
  };
}
