import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { openSqlite } from '../../../src/transport/sqlite/sqlite.ts';
import { outageTable } from './outage.ts';

const directory = mkdtempSync(join(tmpdir(), 'asya-outage-'));
after(() => rmSync(directory, { recursive: true }));

outageTable('sqlite', (topology, onState) =>
  openSqlite({ path: join(directory, 'queues.db'), topology, onState }),
);
