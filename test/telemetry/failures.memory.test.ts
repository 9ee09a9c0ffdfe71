import { openMemory } from '../../src/transport/memory/memory.ts';
import { createMemoryBroker } from '../../src/transport/memory/broker.ts';
import { failures } from './failures.ts';

const broker = createMemoryBroker();

failures({
  system: 'memory',
  open: (topology, onState) => openMemory({ broker, topology, onState }),
});
