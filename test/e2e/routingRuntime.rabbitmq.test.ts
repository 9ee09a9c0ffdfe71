import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  startRoutingActor as setup,
  type ReceivedEnvelope,
} from '../kit/processes/routingActor.ts';
import { until } from '../kit/processes/until.ts';

const PAYLOADS: readonly unknown[] = [
  { text: 'hello' },
  { text: 'Grüße 世界 🌍 שלום', '✓': '\u0000' },
  { nothing: null, list: [1, null, 3] },
  'text',
  0,
];

test('a reply goes to the actor to which the runtime advanced the route', async (t) => {
  const { names, send, received } = await setup(t);
  for (const [n, payload] of PAYLOADS.entries()) {
    send(`env-${n}`, payload, { headers: { priority: 'high' } });
  }
  await until(() => received(names.next).length === PAYLOADS.length, 'all of them', 20_000);
  for (const [n, { id, payload, route, headers }] of received(names.next).entries()) {
    assert.equal(id, `env-${n}`);
    assert.deepEqual(payload, PAYLOADS[n]);
    assert.deepEqual(route, { actors: [names.actor, names.next], current: 1 });
    assert.equal(headers['priority'], 'high');
  }
});

test('a large or deeply nested reply is complete, and a reply over the limit is an error', async (t) => {
  const { names, send, received, firstReceived } = await setup(t);
  send('large', { do: 'grow', bytes: 12_000_000 });
  send('deep', { do: 'nest', levels: 500 });
  send('too-large', { do: 'grow', bytes: 17_000_000 });
  assert.equal(detailsOf(await firstReceived(names.errorEnd))['code'], 'reply_too_large');
  const [large = '', deep = ''] = received(names.next).map(({ payload }) =>
    JSON.stringify(payload),
  );
  assert.equal(large.length, '{"text":""}'.length + 12_000_000);
  assert.equal(deep.split('inner').length - 1, 500);
});

test('several payloads fan out, and an empty reply goes to happy-end', async (t) => {
  const { names, send, received } = await setup(t);
  send('many', { do: 'fan_out', count: 3 });
  await until(() => received(names.next).length === 3, 'three children', 20_000);
  const children = received(names.next).map(({ id, parent_id: parent, payload }) => [
    id,
    parent,
    payload,
  ]);
  assert.deepEqual(children, [
    ['many', undefined, { item: 0 }],
    ['many.0.1', 'many', { item: 1 }],
    ['many.0.2', 'many', { item: 2 }],
  ]);
  send('none', { do: 'nothing' });
  await until(
    () => received(names.happyEnd).length === 1,
    'the envelope without an answer',
    20_000,
  );
  assert.deepEqual(received(names.happyEnd)[0]?.payload, { do: 'nothing' });
});

test('an envelope whose current is outside the route goes to happy-end unchanged', async (t) => {
  const { names, send, received } = await setup(t);
  const outside = [2, 100, -1];
  for (const current of outside) send('env-1', { do: 'leave_route', to: current });
  await until(() => received(names.happyEnd).length === 3, 'all of them', 20_000);
  const routes = received(names.happyEnd).map(({ route }) => route);
  assert.deepEqual(
    routes,
    outside.map((current) => ({ actors: [names.actor, names.next], current })),
  );
});

test('an actor that the runtime inserts into the route is next', async (t) => {
  const { names, send, firstReceived } = await setup(t);
  send('env-1', { do: 'insert', actor: names.happyEnd });
  const { route } = await firstReceived(names.happyEnd);
  assert.deepEqual(route, { actors: [names.actor, names.happyEnd, names.next], current: 1 });
});

test('an error goes to error-end with all details of the runtime', async (t) => {
  const { names, send, received } = await setup(t);
  const errors = [
    ['raise', 'ValueError', 'on purpose'],
    ['run_out_of_memory', 'MemoryError', '4 GiB of device memory are not available'],
  ] as const;
  for (const [what] of errors) send('env-1', { do: what });
  await until(() => received(names.errorEnd).length === errors.length, 'all of them', 20_000);
  for (const [n, [what, type, message]] of errors.entries()) {
    const envelope = received(names.errorEnd)[n] ?? assert.fail();
    const { error, original_payload: original } = envelope.payload as Record<string, unknown>;
    assert.equal(error, `processing_error: ${message}`);
    assert.deepEqual(original, { do: what });
    const { traceback, failed_at: failedAt, ...details } = detailsOf(envelope);
    assert.ok(!Number.isNaN(Date.parse(String(failedAt))));
    assert.match(String(traceback), new RegExp(`${type}: ${message}`));
    assert.deepEqual(details, {
      code: 'runtime_error',
      message,
      type,
      actor: names.actor,
      attempt: 1,
    });
  }
});

test('an envelope that crashes the runtime is retried, and goes to error-end after the last attempt', async (t) => {
  const { names, runtime, startRuntime, send, firstReceived, received } = await setup(t, {
    ASYA_RETRY_MAX_ATTEMPTS: '2',
  });
  send('deadly', { do: 'die' });
  await runtime.ended;
  const again = await startRuntime();
  await again.ended;
  await startRuntime();
  assert.equal(detailsOf(await firstReceived(names.errorEnd))['code'], 'runtime_crashed');
  send('harmless', {});
  assert.equal((await firstReceived(names.next)).id, 'harmless');
  assert.equal(received(names.errorEnd).length, 1);
});

test('a call that times out goes to error-end, and the envelopes behind it are processed', async (t) => {
  const { names, release, send, firstReceived, received } = await setup(t, {
    ASYA_RUNTIME_TIMEOUT: '2s',
  });
  send('slow', { do: 'wait' });
  for (let n = 0; n < 5; n++) send(`behind-${n}`, {});
  const envelope = await firstReceived(names.errorEnd);
  assert.equal(envelope.id, 'slow');
  assert.equal(detailsOf(envelope)['code'], 'runtime_timeout');
  await release();
  await until(() => received(names.next).length === 5, 'the envelopes behind it', 20_000);
  assert.equal(received(names.errorEnd).length, 1);
});

test('repeated kills of the runtime send none of 1,000 queued envelopes to error-end', async (t) => {
  const { names, sidecar, runtime, startRuntime, send, received } = await setup(t, {
    ASYA_CONCURRENCY: '4',
  });
  const passed = (): number => new Set(received(names.next).map(({ id }) => id)).size;
  for (let n = 0; n < 1_000; n++) send(`env-${n}`, { n });
  let running = runtime;
  for (const share of [100, 300, 500]) {
    await until(() => passed() >= share, `${share} of them`, 30_000);
    await running.kill('SIGKILL');
    const unready = async (): Promise<boolean> =>
      (await fetch(`${sidecar.url}/readyz`)).status === 503;
    await until(unready, 'the sidecar to be unready');
    running = await startRuntime();
  }
  await until(() => passed() === 1_000, 'all of them', 60_000);
  assert.deepEqual(received(names.errorEnd), []);
});

test('an end forwards nothing when its handler returns an empty object', async (t) => {
  const { names, sidecar, send, received } = await setup(t, { ASYA_IS_END_ACTOR: 'true' });
  send('env-1', { do: 'end' });
  const { envelope_id: id } = await sidecar.logged('hop: end');
  assert.equal(id, 'env-1');
  for (const queue of [names.next, names.happyEnd, names.errorEnd])
    assert.deepEqual(received(queue), []);
});

/** The details of an error envelope. */
function detailsOf({ payload }: ReceivedEnvelope): Record<string, unknown> {
  return (payload as { details: Record<string, unknown> }).details;
}
