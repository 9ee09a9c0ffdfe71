import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { openSqlite } from '../../../../src/transport/sqlite/sqlite.ts';
import { testSending } from './sending.ts';

const directory = mkdtempSync(join(tmpdir(), 'asya-ui-send-'));
after(() => rmSync(directory, { recursive: true }));
const path = join(directory, 'queues.db');

testSending('sqlite', {
  open: (topology, onState) => openSqlite({ path, topology, onState }),
  variablesOf: () => ({ ASYA_TRANSPORT: 'sqlite', ASYA_SQLITE_PATH: path }),
  async hasReplyQueue(queue) {
    const topology = { actor: 'a', happyEnd: 'b', errorEnd: 'c', retryDelaysMs: [] };
    const transport = await openSqlite({ path, topology, onState: () => {} });
    try {
      return (await transport.inspect(queue))?.exists === true;
    } finally {
      await transport.close();
    }
  },
});
