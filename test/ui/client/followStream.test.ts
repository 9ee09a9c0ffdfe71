import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { createClient } from '../../../ui/client/client.ts';
import { followStream } from '../../../ui/client/followStream.ts';
import { openTestServer } from './testServer.ts';

test('a followed stream is opened again after it was refused, cut off, or ended', async (t) => {
  let requests = 0;
  const origin = await openTestServer(t, (_, response) => {
    requests += 1;
    if (requests === 1) response.writeHead(503).end('{"error":"broker lost"}');
    else if (requests === 2) response.destroy();
    else if (requests === 3) response.end('["first"]\n');
    else response.write('["second"]\n');
  });
  const stop = new AbortController();
  const seen: unknown[] = [];
  const following = followStream({
    client: createClient({ token: 'x', origin }),
    path: '/',
    signal: stop.signal,
    retryMs: 1,
    onState: (state) => seen.push(state.kind),
    onEvent: (event) => {
      seen.push(event);
      if (requests === 4) stop.abort();
    },
  });
  await Promise.all([following, once(stop.signal, 'abort')]);
  const refused = ['connecting', 'refused', 'lost'];
  assert.deepEqual(seen, [...refused, 'open', ['first'], 'lost', 'open', ['second']]);
});

test('an aborted stream does not wait for the next attempt', async () => {
  const stop = new AbortController();
  await followStream({
    client: createClient({ token: 'x', origin: 'http://127.0.0.1:9' }),
    path: '/',
    signal: stop.signal,
    retryMs: 1_000_000,
    onState: ({ kind }) => {
      // The wait for the next attempt has begun then.
      if (kind === 'lost') setImmediate(() => stop.abort());
    },
    onEvent: () => undefined,
  });
});
