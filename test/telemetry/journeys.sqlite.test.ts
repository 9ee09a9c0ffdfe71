import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { openSqlite } from '../../src/transport/sqlite.ts';
import { startRecordedSdk } from '../helpers/recordedSdk.ts';
import { journeyTrees } from './journeyTrees.ts';

const sdk = startRecordedSdk();
const directory = mkdtempSync(join(tmpdir(), 'asya-journeys-'));
after(async () => {
  await sdk.close();
  rmSync(directory, { recursive: true });
});

const path = join(directory, 'queues.db');
journeyTrees({ sdk, system: 'sqlite', open: (topology, onState) => openSqlite({ path }, topology, onState) });
