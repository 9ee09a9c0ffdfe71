import { after } from 'node:test';
import { openMemory } from '../../src/transport/memory.ts';
import { createMemoryBroker } from '../../src/transport/memory/broker.ts';
import { startRecordedSdk } from '../helpers/recordedSdk.ts';
import { journeyTrees } from './journeyTrees.ts';

const sdk = startRecordedSdk();
after(() => sdk.close());

const broker = createMemoryBroker();
journeyTrees({ sdk, system: 'memory', open: (topology, onState) => openMemory(broker, topology, onState) });
