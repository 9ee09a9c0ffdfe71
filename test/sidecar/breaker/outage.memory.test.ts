import { createMemoryBroker } from '../../../src/transport/memory/broker.ts';
import { openMemory } from '../../../src/transport/memory/memory.ts';
import { outageTable } from './outage.ts';

const broker = createMemoryBroker();

outageTable('memory', (topology, onState) => openMemory({ broker, topology, onState }));
