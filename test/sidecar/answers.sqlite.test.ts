import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { openSqlite } from '../../src/transport/sqlite/sqlite.ts';
import { answerTable } from './answerTable.ts';

const directory = mkdtempSync(join(tmpdir(), 'asya-answers-'));
after(() => rmSync(directory, { recursive: true }));

answerTable('sqlite', (topology, onState) =>
  openSqlite({ path: join(directory, 'queues.db'), topology, onState }),
);
