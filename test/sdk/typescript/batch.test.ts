import assert from 'node:assert/strict';
import { request, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { test, type TestContext } from 'node:test';
import {
  call,
  callBatch,
  Reject,
  Retry,
  type Context,
  type ServeOptions,
} from '../../../sdk/typescript/src/index.ts';
import { createFrameDecoder, encodeFrame } from '../../../src/runtime/framed/framing.ts';
import { serveActor } from '../../kit/runtimes/typescriptKit.ts';

test('handleBatch gets all payloads with their contexts, in order', async () => {
  const handleBatch = (numbers: number[], contexts: readonly Context[]): unknown =>
    numbers.map((number, index) => {
      const { id, attempt, idempotencyKey } = contexts[index] ?? {};
      return { square: number ** 2, id, attempt, idempotencyKey };
    });
  const results = await callBatch(
    handleBatch,
    [2, 3],
    [
      { id: 'a, b%', attempt: 2, idempotencyKey: 'key 1' },
      { id: 'c', idempotencyKey: 'key 2' },
    ],
  );
  assert.deepEqual(
    results.map(({ payloads }) => payloads),
    [
      [{ square: 4, id: 'a, b%', attempt: 2, idempotencyKey: 'key 1' }],
      [{ square: 9, id: 'c', attempt: 1, idempotencyKey: 'key 2' }],
    ],
  );
});

test('each result of handleBatch is a reply of its own', async () => {
  const results: readonly unknown[] = [
    null,
    [1, 2],
    [[3]],
    new Retry({ after: 2 }),
    new Retry(),
    new Reject('bad', 'worse'),
    Promise.resolve('late'),
    Promise.reject(new RangeError('alone')),
    Number.NaN,
    [4, 5].values(),
    { error: 'e', message: 'm' },
  ];
  const replies = await callBatch(() => results, results.map(String));
  assert.deepEqual(
    replies.map(({ payloads, error, retryAfter }) =>
      error === undefined ? payloads : [error.error, error.retryable, retryAfter],
    ),
    [
      [],
      [1, 2],
      [[3]],
      ['processing_error', undefined, 2],
      ['processing_error', true, undefined],
      ['bad', undefined, undefined],
      ['late'],
      ['processing_error', undefined, undefined],
      ['processing_error', undefined, undefined],
      [4, 5],
      [{ error: 'e', message: 'm' }],
    ],
  );
  assert.equal(replies[8]?.error?.message, 'the result is NaN; JSON numbers are finite');
});

test('an error of handleBatch, or another number of results, fails the whole call', async () => {
  const failing = {
    'not today': () => {
      throw new Error('not today');
    },
    'the batch function returned 1 results for 2 payloads': () => [1],
    'the batch function returned no list for 2 payloads': () => ({ 0: 1, 1: 2 }),
  };
  for (const [message, handleBatch] of Object.entries(failing)) {
    const replies = await callBatch(handleBatch, [1, 2]);
    assert.deepEqual(
      replies.map(({ error }) => error?.message),
      [message, message],
    );
  }
});

test('another number of results is an error of the class BatchResultError', async () => {
  const [reply] = await callBatch(() => [], [1]);
  const { type, mro, traceback } = reply?.error ?? {};
  assert.deepEqual(
    [type, mro, traceback],
    ['BatchResultError', ['TypeError', 'Error', 'Object'], undefined],
  );
});

test('a failed batch is one line of the log, with at most 16 ids', async (t) => {
  const { socketPath, log } = await serveActor(t, { handleBatch: () => [] });
  const ids = Array.from({ length: 20 }, (_, index) => `env-${index}`);
  await postBatch(socketPath, ids);
  const { time: _, ...line } = JSON.parse(log.at(-1) ?? '');
  assert.deepEqual(line, {
    level: 'error',
    msg: 'call failed',
    envelope_ids: ids.slice(0, 16),
    batch_size: 20,
    error: 'processing_error',
    type: 'BatchResultError',
    err: 'the batch function returned 0 results for 20 payloads',
  });
});

test('an empty batch has an empty reply, without a call', async (t) => {
  const handleBatch = (): never => assert.fail('called');
  assert.equal(await exchangeFrame(t, { handleBatch }, '[]'), '[]');
  const handle = handleBatch;
  assert.equal(await exchangeFrame(t, { handle }, '[]', '4'), '[]');
});

test('with both functions, frames are batches if ASYA_BATCH_SIZE is over 1', async (t) => {
  const both = { handle: () => 'one', handleBatch: (all: unknown[]) => all.map(() => 'many') };
  assert.equal(await exchangeFrame(t, both, '[1]'), '"one"');
  assert.equal(await exchangeFrame(t, both, '[1]', '2'), '["many"]');
});

test('without batches, handleBatch gets a list of one', async (t) => {
  const handleBatch = (numbers: unknown[]): unknown => [numbers.length];
  for (const protocol of ['http', 'envelope'] as const) {
    const { ask } = await serveActor(t, { handleBatch }, protocol);
    const reply = await ask();
    assert.ok(reply.kind === 'answered', JSON.stringify(reply));
    assert.equal(reply.items[0]?.payload.toString(), '1');
  }
});

test('a function named handleBatch handles batches', async () => {
  function handleBatch(texts: string[], contexts: readonly Context[]): unknown {
    return texts.map((text, index) => [text, contexts[index]?.attempt, texts.length]);
  }
  const { payloads } = await call(handleBatch, 'a', { attempt: 2 });
  assert.deepEqual(payloads, ['a', 2, 1]);
});

test('with batches, handle gets each payload in a call of its own', async (t) => {
  const handle = async (n: number): Promise<unknown> => {
    if (n === 2) throw new Reject('two', 'is not allowed');
    return n === 3 ? [n, n] : n;
  };
  const frame = await exchangeFrame(t, { handle }, '[1,2,3,null]', '4');
  const [first, second, third, fourth] = JSON.parse(frame) as unknown[];
  assert.deepEqual([first, third, fourth], [1, [3, 3], null]);
  assert.deepEqual(pick(second), ['two', 'is not allowed']);
});

test('frames of handleBatch are batches, unless ASYA_BATCH_SIZE is 1', async (t) => {
  const handleBatch = (values: unknown[]): unknown => values.map((it) => ({ it }));
  assert.equal(await exchangeFrame(t, { handleBatch }, '[1]'), '[{"it":1}]');
  assert.equal(await exchangeFrame(t, { handleBatch }, '[1]', '8'), '[{"it":1}]');
  assert.equal(await exchangeFrame(t, { handleBatch }, '[1]', '1'), '{"it":[1]}');
  const handle = (it: unknown): unknown => ({ it });
  assert.equal(await exchangeFrame(t, { handle }, '[1]'), '{"it":[1]}');
});

test('a payload instead of a batch is an error that names the variable', async (t) => {
  const frame = await exchangeFrame(t, { handleBatch: (values: unknown[]) => values }, '{"n":1}');
  const [code, message] = pick(JSON.parse(frame));
  assert.equal(code, 'bad_request');
  assert.match(message ?? '', /^expected an array of payloads; ASYA_BATCH_SIZE /);
});

/** Sends a batch over HTTP, and waits for the end of the response. */
async function postBatch(socketPath: string, ids: readonly string[]): Promise<void> {
  const headers = { 'asya-batch': ids.length, 'asya-envelope-id': ids.join(',') };
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const sent = request({ socketPath, method: 'POST', headers }, resolve);
    sent.on('error', reject).end(JSON.stringify(ids));
  });
  await buffer(response);
}

/** Sends one frame to an actor and returns the reply. */
async function exchangeFrame(
  t: TestContext,
  actor: ServeOptions,
  body: string,
  batchSize?: string,
): Promise<string> {
  const before = process.env['ASYA_BATCH_SIZE'];
  if (batchSize !== undefined) process.env['ASYA_BATCH_SIZE'] = batchSize;
  const { socketPath } = await serveActor(t, actor, 'payload');
  if (before === undefined) delete process.env['ASYA_BATCH_SIZE'];
  else process.env['ASYA_BATCH_SIZE'] = before;
  const socket = connect(socketPath);
  t.after(() => socket.destroy());
  for (const buffer of encodeFrame(Buffer.from(body))) socket.write(buffer);
  return new Promise((resolve) => {
    const decoder = createFrameDecoder(Number.POSITIVE_INFINITY, {
      onFrame: (reply) => resolve(reply.toString()),
      onTooLarge() {},
    });
    socket.on('data', (chunk: Buffer) => decoder.push(chunk));
  });
}

function pick(value: unknown): readonly (string | undefined)[] {
  const { error, message } = value as { error?: string; message?: string };
  return [error, message];
}
