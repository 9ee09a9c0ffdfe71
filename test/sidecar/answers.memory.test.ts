import { createMemoryBroker } from '../../src/transport/memory/broker.ts';
import { openMemory } from '../../src/transport/memory/memory.ts';
import { answerTable } from './answerTable.ts';

const broker = createMemoryBroker();

answerTable('memory', (topology, onState) => openMemory({ broker, topology, onState }));
