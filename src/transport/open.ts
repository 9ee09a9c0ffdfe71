import type { Config } from '../config/config.ts';
import type { Log } from '../log.ts';
import type { Topology } from './queues.ts';
import type { TransportState } from './transport.ts';
import type { InspectableTransport } from './inspection/inspectableTransport.ts';

export interface OpenTransportOptions {
  readonly config: Config;
  /**
   * The queues to declare. Commands that only send or inspect omit it.
   * @default nothing is declared
   */
  readonly topology?: Topology | undefined;
  /** Called when the transport opens and after each change. */
  readonly onState: (state: TransportState) => void;
  readonly log: Log;
}

/**
 * Opens the configured transport and loads no other adapter.
 * @throws {OpenError}
 */
export async function openTransport(options: OpenTransportOptions): Promise<InspectableTransport> {
  const { config, topology, onState, log } = options;
  const { confirmTimeoutMs, queueAutoCreate: autoCreate } = config;
  switch (config.transport) {
    case 'memory': {
      const { createMemoryBroker } = await import('./memory/broker.ts');
      const { openMemory } = await import('./memory/memory.ts');
      if (topology === undefined) throw new Error('memory transport requires a topology');
      return openMemory({ broker: createMemoryBroker(), topology, onState, confirmTimeoutMs });
    }
    case 'sqlite': {
      const { openSqlite } = await import('./sqlite/sqlite.ts');
      return openSqlite({ ...config.sqlite, confirmTimeoutMs, topology, onState, log });
    }
    case 'rabbitmq': {
      const { openRabbitmq } = await import('./rabbitmq/rabbitmq.ts');
      const { rabbitmq } = config;
      return openRabbitmq({ ...rabbitmq, autoCreate, confirmTimeoutMs, topology, onState, log });
    }
  }
}
