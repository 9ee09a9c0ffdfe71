import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { openSqlite } from '../../src/transport/sqlite/sqlite.ts';
import { hangingBatch } from './hangingBatch.ts';

const directory = mkdtempSync(join(tmpdir(), 'asya-hanging-'));
after(() => rmSync(directory, { recursive: true }));
const path = join(directory, 'queues.db');

hangingBatch('sqlite', {
  open: (topology, onState) => openSqlite({ path, topology, onState }),
  variablesOf: () => ({ ASYA_TRANSPORT: 'sqlite', ASYA_SQLITE_PATH: path }),
});
