import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import type { Answer, Route } from '../../../../src/cli/ui/server/routes/route.ts';
import { MIB } from '../../../../src/units.ts';
import { within } from '../../../kit/processes/until.ts';
import { startUiServer } from '../../../kit/ui/uiServer.ts';

/** More than the buffers of the kernel hold. */
const LARGE = 'x'.repeat(50 * MIB);

function routeOf(handle: Route['handle']): Route {
  return { method: 'GET', path: '/api/data', handle };
}

for (const kind of ['json', 'file'] as const) {
  test(`a client that reads nothing of an answer (${kind}) is disconnected`, async (t) => {
    const { promise: disconnected, resolve } = Promise.withResolvers<void>();
    const route = routeOf(({ closed }): Answer => {
      closed.addEventListener('abort', () => resolve());
      if (kind === 'json') return { kind, value: LARGE };
      return { kind, write: (lines) => lines.write(`${LARGE}\n`) };
    });
    const { open } = await startUiServer(t, { routes: [route], stallTimeoutMs: 50 });
    const response = await open('/api/data');
    await within(disconnected, 'the end of the connection');
    await assert.rejects(text(response), { code: 'ECONNRESET' });
  });
}

test('a client waits for an answer that takes longer', async (t) => {
  const route = routeOf(async () => {
    await sleep(100);
    return { kind: 'json', value: 'done' };
  });
  const { send } = await startUiServer(t, { routes: [route], stallTimeoutMs: 10 });
  assert.equal((await send('/api/data')).body, '"done"\n');
});

test('writes that are not awaited share one drain', async (t) => {
  const warnings: Error[] = [];
  const onWarning = (warning: Error): void => void warnings.push(warning);
  process.on('warning', onWarning);
  t.after(() => process.off('warning', onWarning));
  const line = `${'x'.repeat(100_000)}\n`;
  const route = routeOf(() => ({
    kind: 'file',
    async write(lines) {
      let written = Promise.resolve();
      for (let count = 0; count < 200; count++) written = lines.write(line);
      await written;
    },
  }));
  const { open } = await startUiServer(t, { routes: [route] });
  const response = await open('/api/data');
  assert.equal((await text(response)).length, 200 * line.length);
  assert.deepEqual(warnings, []);
});
