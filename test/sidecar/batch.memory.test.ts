import { createMemoryBroker } from '../../src/transport/memory/broker.ts';
import { openMemory } from '../../src/transport/memory/memory.ts';
import { batchTable } from './batchTable.ts';

const broker = createMemoryBroker();

batchTable('memory', (topology, onState) => openMemory({ broker, topology, onState }));
