import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { silentLog } from '../../../../src/log.ts';
import { envelopeWith, errorEnvelope } from '../../../kit/envelopes/failures.ts';
import { within } from '../../../kit/processes/until.ts';
import { serveMemoryErrors } from '../../../kit/ui/errorsRig.ts';

test('a page stops an export whose client reads nothing', async (t) => {
  const logged: string[] = [];
  const log = { ...silentLog, error: (fields: unknown) => void logged.push(inspect(fields)) };
  const { client, server, put } = await serveMemoryErrors(t, { log });
  // Together more than the buffers of the kernel hold.
  const payload = 'x'.repeat(8_000_000);
  for (const id of ['a', 'b', 'c', 'd']) {
    await put('error-end', errorEnvelope(envelopeWith({ id, payload })));
  }
  const { id: look } = await client.look();
  const body = JSON.stringify({ selection: { filter: {} } });
  const stalled = await server.open(`/api/errors/looks/${look}/export`, { method: 'POST', body });
  stalled.on('error', () => {});
  await client.post(`looks/${look}/stop`, {});
  const { count } = await within(client.look(), 'the next look');
  assert.equal(count, 4);
  assert.match(logged.join(), /^[^:]*err: CommandError: the export was stopped\n/);
});
