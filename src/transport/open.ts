import type { Config } from '../config/config.ts';
import type { Log } from '../log.ts';
import type { CountingTransport, Topology, TransportState } from './transport.ts';

/**
 * Opens the transport that the configuration names; only that adapter is loaded.
 * @param topology what to declare; undefined for commands that only send or look
 */
export async function openTransport(
  config: Config,
  topology: Topology | undefined,
  onState: (state: TransportState) => void,
  log: Log,
): Promise<CountingTransport> {
  const { confirmTimeoutMs, queueAutoCreate: autoCreate, rabbitmq } = config;
  switch (config.transport) {
    case 'memory': {
      const { createMemoryBroker } = await import('./memory/broker.ts');
      const { openMemory } = await import('./memory/memory.ts');
      if (topology === undefined) throw new Error('the memory transport lives within one sidecar');
      return openMemory(createMemoryBroker(), topology, onState, { confirmTimeoutMs });
    }
    case 'sqlite': {
      const { openSqlite } = await import('./sqlite/sqlite.ts');
      return openSqlite({ ...config.sqlite, confirmTimeoutMs, log }, topology, onState);
    }
    case 'rabbitmq': {
      const { openRabbitmq } = await import('./rabbitmq/rabbitmq.ts');
      return openRabbitmq({ ...rabbitmq, autoCreate, confirmTimeoutMs, log }, topology, onState);
    }
  }
}
