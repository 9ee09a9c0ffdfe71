import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { pino } from 'pino';
import { PIPELINE } from '../../examples/pipeline/actors.ts';
import { openRuntime } from '../../src/runtime/open.ts';
import type { Reply } from '../../src/runtime/runtime.ts';
import { callWith, request, type RequestLike } from '../kit/runtimes/request.ts';
import { startRuntimeProcess } from '../kit/processes/runtimeProcess.ts';
import { unixEndpoint } from '../kit/runtimes/endpoints.ts';

test('split returns a payload for each sentence, with the other fields kept', async (t) => {
  const ask = await setup(t, 'split');
  const payload = JSON.stringify({ text: 'One two. Three?! four', page: 7 });
  assert.deepEqual(payloadsIn(await ask({ payload })), [
    { text: 'One two.', page: 7 },
    { text: 'Three?!', page: 7 },
    { text: 'four', page: 7 },
  ]);
});

test('split returns nothing for a text without a sentence', async (t) => {
  const ask = await setup(t, 'split');
  assert.deepEqual(payloadsIn(await ask({ payload: '{"text":" ... "}' })), []);
});

test('split fails without a text', async (t) => {
  const ask = await setup(t, 'split');
  for (const [payload, type] of [
    ['{}', 'KeyError'],
    ['{"text":5}', 'TypeError'],
  ] as const) {
    const reply = await ask({ payload });
    assert.ok(
      reply.kind === 'failed' && reply.fault.type === type && !reply.retryable,
      JSON.stringify(reply),
    );
  }
});

test('enrich counts the words of a sentence', async (t) => {
  const ask = await setup(t, 'enrich');
  const payload = '{"text":"It\'s all größer now.","page":7}';
  assert.deepEqual(payloadsIn(await ask({ payload })), [
    { text: "It's all größer now.", page: 7, words: 4 },
  ]);
});

test('enrich requests another attempt, returns nothing, or fails, depending on its input', async (t) => {
  const ask = await setup(t, 'enrich');
  const flaky = await ask({ payload: '{"text":"a flaky day"}', attempt: 1 });
  assert.ok(flaky.kind === 'failed' && flaky.retryable && flaky.fault.type === 'Retry');
  const second = await ask({ payload: '{"text":"a flaky day"}', attempt: 2 });
  assert.deepEqual(payloadsIn(second), [{ text: 'a flaky day', words: 3 }]);
  assert.deepEqual(payloadsIn(await ask({ payload: '{"text":"a secret"}' })), []);
  const broken = await ask({ payload: '{"text":"broken"}' });
  assert.ok(broken.kind === 'failed' && !broken.retryable && broken.fault.type === 'RangeError');
});

test('shout converts a sentence to upper case', async (t) => {
  const ask = await setup(t, 'shout');
  assert.deepEqual(payloadsIn(await ask({ payload: '{"text":"straße","words":1}' })), [
    { text: 'STRASSE', words: 1 },
  ]);
});

async function setup(
  t: TestContext,
  name: string,
): Promise<(asked: RequestLike) => Promise<Reply>> {
  const actor = PIPELINE.find((it) => it.name === name);
  assert.ok(actor);
  const { socketPath } = await startRuntimeProcess(t, actor.command, actor);
  const { client: runtime } = await openRuntime({
    protocol: actor.protocol,
    endpoint: unixEndpoint(socketPath),
    maxReplyBytes: 1_000_000,
    maxNesting: 100,
    readyTimeoutMs: 60_000,
    concurrency: 1,
    onState() {},
    log: pino({ level: 'silent' }),
  });
  t.after(() => runtime.close());
  return (asked) => callWith(runtime, request(asked));
}

function payloadsIn(reply: Reply): unknown[] {
  assert.equal(reply.kind, 'answered', JSON.stringify(reply));
  return reply.kind === 'answered'
    ? reply.items.map((item) => JSON.parse(item.payload.toString()))
    : [];
}
