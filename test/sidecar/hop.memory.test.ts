import { openMemory } from '../../src/transport/memory/memory.ts';
import { createMemoryBroker } from '../../src/transport/memory/broker.ts';
import { hopTable } from './hopTable.ts';

const broker = createMemoryBroker();

hopTable('memory', (topology, onState) => openMemory({ broker, topology, onState }));
