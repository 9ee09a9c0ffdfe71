import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';
import {
  createConnectionPool,
  type CreateConnection,
} from '../../../src/runtime/connection/pool.ts';
import { createFramedConnection, PAYLOAD_FRAMES } from '../../../src/runtime/framed/framed.ts';
import { createHttpConnection } from '../../../src/runtime/http/http.ts';
import { callWith, request } from '../../kit/runtimes/request.ts';
import { startRuntimeProcess } from '../../kit/processes/runtimeProcess.ts';
import { unixEndpoint } from '../../kit/runtimes/endpoints.ts';

const HASTY_RUNTIME = fileURLToPath(new URL('../../fixtures/hastyRuntime.ts', import.meta.url));
const LIMITS = { maxReplyBytes: 1_000_000, maxNesting: 100 };
const CALLS = 200;

const CONNECTIONS: Readonly<Record<string, CreateConnection>> = {
  payload: (socket, events) =>
    createFramedConnection(socket, events, { ...LIMITS, protocol: PAYLOAD_FRAMES }),
  http: (socket, events) => createHttpConnection(socket, events, LIMITS),
};

for (const [protocol, createConnection] of Object.entries(CONNECTIONS)) {
  test(`${protocol}: an early answer is read although the write of the request fails`, async (t) => {
    const runtime = await startRuntimeProcess(t, [process.execPath, HASTY_RUNTIME, protocol]);
    const { socketPath } = runtime;
    const client = createConnectionPool({
      endpoint: unixEndpoint(socketPath),
      createConnection,
      onAbsent() {},
      onUnexpectedData() {},
    });
    t.after(() => client.close());
    const messages = new Map<string, number>();
    for (let call = 0; call < CALLS; call++) {
      const sizeBytes = 220_000 + Math.round((780_000 * call) / CALLS);
      const reply = await callWith(
        client,
        request({ payload: JSON.stringify('x'.repeat(sizeBytes)) }),
      );
      const message = reply.kind === 'failed' ? reply.fault.message : reply.kind;
      messages.set(message, (messages.get(message) ?? 0) + 1);
    }
    assert.deepEqual([...messages], [['the request is too large', CALLS]]);
  });
}
