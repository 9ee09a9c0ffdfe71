import type { CheckResult } from '../../check.ts';
import type { Config } from '../../config/config.ts';

export interface CheckTransportOptions {
  readonly config: Config;
  /** The time limit of all checks, in milliseconds. */
  readonly timeoutMs: number;
  /** Aborts when the time limit is over, or when the command is stopped. */
  readonly limit: AbortSignal;
}

/**
 * Checks whether a sidecar could use the configured transport, and loads no other adapter. Changes
 * nothing on the broker: no object is declared, no message is stored or consumed.
 */
export async function* checkTransport(options: CheckTransportOptions): AsyncGenerator<CheckResult> {
  const { config, timeoutMs, limit } = options;
  const { actor, happyEnd, errorEnd, queueAutoCreate: autoCreate, retry } = config;
  switch (config.transport) {
    case 'memory':
      yield { check: 'transport', result: 'ok', detail: 'memory: nothing to connect to' };
      return;
    case 'sqlite': {
      const { checkDatabase } = await import('../sqlite/checkDatabase.ts');
      yield* checkDatabase(config.sqlite.path, limit);
      return;
    }
    case 'rabbitmq': {
      const { checkBroker } = await import('../rabbitmq/check/checkBroker.ts');
      const topology = { actor, happyEnd, errorEnd, retryDelaysMs: retry.backoffMs };
      yield* checkBroker({ ...config.rabbitmq, autoCreate, topology, timeoutMs, limit });
      return;
    }
  }
}
