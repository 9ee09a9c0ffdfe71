import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { openSqlite } from '../../src/transport/sqlite/sqlite.ts';
import { batchTable } from './batchTable.ts';

const directory = mkdtempSync(join(tmpdir(), 'asya-batch-'));
after(() => rmSync(directory, { recursive: true }));

batchTable('sqlite', (topology, onState) =>
  openSqlite({ path: join(directory, 'queues.db'), topology, onState }),
);
