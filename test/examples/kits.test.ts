import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { spawnRuntime } from '../conformance/runtimeUnderTest.ts';
import type { Adapter } from '../conformance/runtimes/adapter.ts';
import { payloadsOf } from '../kit/runtimes/replies.ts';
import { temporarySocketPath } from '../kit/runtimes/socketServer.ts';

const PYTHON: Adapter = {
  name: 'words.py',
  protocols: ['http'],
  features: new Set(),
  command: () => ({
    command: ['python3', '-m', 'asya_runtime', 'words:handle'],
    env: { PYTHONPATH: `${pathOf('sdk/python/src')}:${pathOf('examples/kits')}` },
  }),
};

const TYPESCRIPT: Adapter = {
  name: 'words.ts',
  protocols: ['http'],
  features: new Set(),
  command: () => ({
    command: [
      ...([process.execPath, '--conditions=asya-source'] as const),
      pathOf('sdk/typescript/src/bin.ts'),
      `${pathOf('examples/kits/words.ts')}:handle`,
    ],
    env: {},
  }),
};

for (const adapter of [PYTHON, TYPESCRIPT]) {
  test(`examples/kits/${adapter.name} answers, rejects and defers`, async (t) => {
    const socketPath = await temporarySocketPath(t);
    const runtime = await spawnRuntime(t, adapter, 'http', { socketPath });
    await runtime.listening();
    const ask = (payload: unknown) => runtime.ask({ do: '' }, { payload: JSON.stringify(payload) });

    assert.deepEqual(payloadsOf(await ask({ text: 'a b' })), ['{"words":["a","b"]}']);
    const rejected = await ask({ text: '' });
    assert.ok(rejected.kind === 'failed' && !rejected.retryable);
    assert.equal(rejected.fault.runtimeCode, 'empty_text');
    const deferred = await ask({ text: 'a b', model: 'large' });
    assert.ok(deferred.kind === 'deferred' && deferred.afterMs === 5000);
  });
}

function pathOf(file: string): string {
  return fileURLToPath(new URL(`../../${file}`, import.meta.url));
}
