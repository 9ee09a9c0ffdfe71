import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import type { Attributes } from '@opentelemetry/api';
import { openSqlite } from '../../../src/transport/sqlite/sqlite.ts';
import type { JourneysOptions } from '../../kit/envelopes/journeys.ts';
import { startRecordedSdk } from '../../kit/telemetry/recordedSdk.ts';
import { journeyTrees } from './journeyTrees.ts';
import { producerTrees } from './producerTrees.ts';
import { spanAttributes } from './spanAttributes.ts';

const sdk = startRecordedSdk();
const directory = mkdtempSync(join(tmpdir(), 'asya-journeys-'));
after(async () => {
  await sdk.close();
  rmSync(directory, { recursive: true });
});

const path = join(directory, 'queues.db');
const on: Omit<JourneysOptions, 'actors'> = {
  sdk,
  system: 'sqlite',
  open: (topology, onState) => openSqlite({ path, topology, onState }),
};
const destination = (actor: string): Attributes => ({ 'messaging.destination.name': actor });

journeyTrees(on);
producerTrees(on);
spanAttributes(on, { published: destination, delivered: destination });
