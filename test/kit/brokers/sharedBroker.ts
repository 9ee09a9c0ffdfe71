import type { Rabbitmqctl } from './rabbitmqctl.ts';
import { parseReleaseSeries, type ReleaseSeries } from './rabbitmqInstallation.ts';

/** The broker that all tests of a run share: each keeps to names of its own. */
export interface SharedBroker {
  readonly url: string;
  /** Undefined for a broker that somebody else runs. */
  readonly control: Rabbitmqctl | undefined;
  /** Which RabbitMQ the run is about, for tests that start one of their own. */
  readonly series: ReleaseSeries;
}

/** @throws when the tests were not started by `npm test` and no broker is named */
export function sharedBroker(): SharedBroker {
  const { ASYA_TEST_AMQP_URL: url, ASYA_TEST_RABBITMQCTL: control, ...env } = process.env;
  if (url === undefined) throw new Error('run npm test, or name a broker in ASYA_TEST_AMQP_URL');
  return {
    url,
    // What `test/run.ts` has written.
    control: control === undefined ? undefined : (JSON.parse(control) as Rabbitmqctl),
    series: parseReleaseSeries(env['ASYA_TEST_RABBITMQ_LINE']),
  };
}
