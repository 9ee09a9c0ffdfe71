import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ErrorMessage } from '../../../../src/cli/ui/errors/contract.ts';
import type { Delivery } from '../../../../src/transport/transport.ts';
import {
  envelopeWith,
  errorEnvelope,
  errorEnvelopeOfBytes,
} from '../../../kit/envelopes/failures.ts';
import { serveMemoryErrors } from '../../../kit/ui/errorsRig.ts';

/** Puts one message into error-end's queue, and reads it through the server. */
async function readOne(
  t: Parameters<typeof serveMemoryErrors>[0],
  body: Buffer,
  headers: Readonly<Record<string, string | number>> = {},
): Promise<ErrorMessage> {
  const { client, put } = await serveMemoryErrors(t);
  await put('error-end', body, headers);
  const { id } = await client.look();
  return client.message(id, 0);
}

test('a message has its error, its route, and the JSON texts of its original', async (t) => {
  const original = Buffer.from(
    '{"id":"order-1","route":{"actors":["prep","infer","post"],"current":1},' +
      '"headers":{"x-asya-hops":1, "n": 1e400},"payload":{"big":12345678901234567890, "f":1.0}}',
  );
  const traceback = 'File "a.py", line 1\n';
  const body = errorEnvelope(original, { message: 'no stock', type: 'ValueError', traceback });
  const { sizeBytes, ...message } = await readOne(t, body);
  assert.equal(sizeBytes, body.length);
  assert.deepEqual(message, {
    row: 0,
    id: 'order-1',
    journey: 'order-1',
    actor: 'infer',
    code: 'runtime_error',
    text: 'ValueError: no stock',
    attempt: 5,
    failedAt: '2026-11-29T15:00:00.000Z',
    type: 'ValueError',
    traceback,
    route: { actors: ['prep', 'infer', 'post'], current: 1 },
    headers: '{"x-asya-hops":1, "n": 1e400}',
    payload: '{"big":12345678901234567890, "f":1.0}',
    to: 'infer',
  });
});

test('a message that is not an envelope has its bytes and the properties of its producer', async (t) => {
  const text = Buffer.from('<script>alert(1)</script>');
  const properties = { appId: 'shop' };
  const message = await readOne(
    t,
    errorEnvelopeOfBytes(text, {}, { properties, headers: { k: 'v' } }),
  );
  assert.equal(message.body, '<script>alert(1)</script>');
  assert.deepEqual(message.properties, { app_id: 'shop', headers: { k: 'v' } });
  assert.equal(message.payload, undefined);
  assert.equal(message.to, 'infer');
});

test('bytes that are not text are in base64', async (t) => {
  const message = await readOne(t, Buffer.from([0xff, 0x00]), {
    'asya-error-code': 'parse_error',
    'asya-error-message': 'no UTF-8',
    'asya-error-actor': 'infer',
  });
  assert.equal(message.bodyBase64, '/wA=');
  assert.equal(message.body, undefined);
});

test('a message whose original is lost names the reason', async (t) => {
  const details = { code: 'runtime_error', message: 'on purpose', actor: 'infer' };
  const payload = { error: 'RuntimeError: on purpose', details };
  const message = await readOne(t, envelopeWith({ payload }));
  assert.equal(message.lost, 'the error envelope does not contain the original');
  assert.equal(message.to, undefined);
});

test('the whole text of an error is in the message, and its start in the row', async (t) => {
  const { client, put } = await serveMemoryErrors(t);
  await put('error-end', errorEnvelope(envelopeWith(), { message: 'x'.repeat(2_000) }));
  const { id } = await client.look();
  assert.equal((await client.message(id, 0)).text.length, 2_000);
  assert.equal((await client.rows(id)).rows[0]?.text.length, 500);
});

test('a message of a queue that seems empty is not marked as gone', async (t) => {
  const { client, put, arrivals } = await serveMemoryErrors(t);
  await put('error-end', errorEnvelope(envelopeWith({ id: 'order-1' })));
  const { id } = await client.look();
  const consumer = await arrivals('error-end');
  await consumer.take();
  assert.deepEqual(await client.refusal(`looks/${id}/rows/0`), {
    status: 503,
    error: 'a consumer of "error-end" may hold it',
  });
  assert.equal((await client.rows(id)).rows[0]?.gone, undefined);
});

test('a large payload is read whole', async (t) => {
  const payload = { text: 'x'.repeat(10_000_000) };
  const message = await readOne(t, errorEnvelope(envelopeWith({ payload })));
  assert.equal(message.payload, JSON.stringify(payload));
});

test('a message that another process has removed is gone, also in its row', async (t) => {
  const { client, put, transport } = await serveMemoryErrors(t);
  for (const order of ['order-1', 'order-2'])
    await put('error-end', errorEnvelope(envelopeWith({ id: order })));
  const { id } = await client.look();
  const first = Promise.withResolvers<Delivery>();
  const subscription = await transport.receive('error-end', first.resolve, { prefetch: 1 });
  const delivery = await first.promise;
  await subscription.cancel();
  await transport.ack(delivery);
  const gone = {
    status: 410,
    error: 'the message is not in "error-end" any more: another process has removed it',
  };
  assert.deepEqual(await client.refusal(`looks/${id}/rows/0`), gone);
  assert.equal((await client.rows(id)).rows[0]?.gone, 'missing');
  assert.deepEqual(await client.refusal(`looks/${id}/rows/0`), gone);
  const { count, groups } = await client.groups(id);
  assert.deepEqual([count, groups[0]?.count, groups[0]?.gone], [1, 1, 1]);
});

test('hostile ids and texts are answered as they are', async (t) => {
  const id = '"><img src=x onerror=alert(1)>\u202E\u0000';
  const message = '</script>{"__proto__":{}}\n\u001B[2J';
  const payload = JSON.parse('{"__proto__":{"polluted":true},"constructor":1}') as object;
  const read = await readOne(t, errorEnvelope(envelopeWith({ id, payload }), { message }));
  assert.equal(read.id, id);
  assert.equal(read.text, message);
  assert.equal(read.payload, '{"__proto__":{"polluted":true},"constructor":1}');
});

test('of equal messages, each row can be read', async (t) => {
  const { client, transport } = await serveMemoryErrors(t);
  const body = errorEnvelope(envelopeWith());
  for (let n = 0; n < 2; n++) await transport.send('error-end', { body, headers: {} });
  const { id } = await client.look();
  assert.equal((await client.message(id, 1)).row, 1);
});
