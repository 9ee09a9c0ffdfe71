import { after } from 'node:test';
import type { Attributes } from '@opentelemetry/api';
import { openMemory } from '../../../src/transport/memory/memory.ts';
import { createMemoryBroker } from '../../../src/transport/memory/broker.ts';
import type { JourneysOptions } from '../../kit/envelopes/journeys.ts';
import { startRecordedSdk } from '../../kit/telemetry/recordedSdk.ts';
import { journeyTrees } from './journeyTrees.ts';
import { producerTrees } from './producerTrees.ts';
import { spanAttributes } from './spanAttributes.ts';

const sdk = startRecordedSdk();
after(() => sdk.close());

const broker = createMemoryBroker();
const on: Omit<JourneysOptions, 'actors'> = {
  sdk,
  system: 'memory',
  open: (topology, onState) => openMemory({ broker, topology, onState }),
};
const destination = (actor: string): Attributes => ({ 'messaging.destination.name': actor });

journeyTrees(on);
producerTrees(on);
spanAttributes(on, { published: destination, delivered: destination });
