import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { delimiter } from 'node:path';
import { json } from 'node:stream/consumers';
import { test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { spawnRuntime, type RuntimeUnderTest } from '../conformance/runtimeUnderTest.ts';
import type { Adapter } from '../conformance/runtimes/adapter.ts';
import { payloadsOf } from '../kit/runtimes/replies.ts';
import { temporarySocketPath } from '../kit/runtimes/socketServer.ts';

const ROOT = new URL('../../', import.meta.url);
const KIT = fileURLToPath(new URL('sdk/python/src', ROOT));
const SHIMS = fileURLToPath(new URL('examples/shims', ROOT));

/** Starts examples/shims/kserve_batch.py before a server that answers as the function does. */
async function startShim(
  t: TestContext,
  answer: (body: unknown, response: ServerResponse) => void,
): Promise<RuntimeUnderTest> {
  const server = createServer((request, response) => {
    void json(request).then((body) => answer(body, response));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  const adapter: Adapter = {
    name: 'kserve_batch.py',
    protocols: ['payload'],
    features: new Set(),
    command: () => ({
      command: ['python3', '-m', 'asya_runtime', 'kserve_batch:handle_batch'],
      env: {
        ASYA_BATCH_SIZE: '8',
        KSERVE_URL: `http://127.0.0.1:${port}/v1/models/iris:predict`,
        PYTHONPATH: [KIT, SHIMS].join(delimiter),
      },
    }),
  };
  const socketPath = await temporarySocketPath(t);
  const runtime = await spawnRuntime(t, adapter, 'payload', { socketPath });
  await runtime.listening();
  return runtime;
}

const BATCH = [{ payload: '[6.8,2.8]' }, { payload: '[6,3.4]' }] as const;

test('examples/shims/kserve_batch.py sends a batch as instances', async (t) => {
  const bodies: unknown[] = [];
  const runtime = await startShim(t, (body, response) => {
    bodies.push(body);
    response.end('{"predictions":[1,[0,1]]}');
  });
  const reply = await runtime.askBatch(BATCH);
  assert.ok(reply.kind === 'answered', JSON.stringify(reply));
  const payloads = reply.replies.flatMap((one) => payloadsOf(one));
  assert.deepEqual(
    payloads.map((text) => JSON.parse(text)),
    [{ prediction: 1 }, { prediction: [0, 1] }],
  );
  const instances = [
    [6.8, 2.8],
    [6, 3.4],
  ];
  assert.deepEqual(bodies, [{ instances }]);
});

test('examples/shims/kserve_batch.py defers a batch while the server is overloaded', async (t) => {
  const runtime = await startShim(t, (_, response) => {
    response.writeHead(503, { 'retry-after': '7' }).end();
  });
  const reply = await runtime.askBatch(BATCH);
  assert.ok(reply.kind === 'deferred', JSON.stringify(reply));
  assert.equal(reply.afterMs, 7000);
});
