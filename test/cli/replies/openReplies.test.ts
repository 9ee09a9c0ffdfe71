import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { CommandError } from '../../../src/cli/command/exit.ts';
import type { Answer } from '../../../src/cli/replies/answer.ts';
import { openReplies } from '../../../src/cli/replies/openReplies.ts';
import { OpenError } from '../../../src/transport/transport.ts';
import { setupCommands, type Commands } from '../../kit/processes/commands.ts';

test('the answers arrive in order: a final payload byte for byte, or the error', async (t) => {
  const { replies, send } = await setup(t);
  send('{"id":"a","headers":{"x-asya-journey-id":"j"},"payload": 1.0 }', 'happy_end');
  const details = { code: 'runtime_error', message: 'broken', actor: 'infer', attempt: 2 };
  const payload = { error: 'ValueError: broken', details, original_payload: 1 };
  send(JSON.stringify({ id: 'b', payload }), 'error_end');
  assert.deepEqual(await take(replies), {
    id: 'a',
    journeyId: 'j',
    fanout: undefined,
    result: { kind: 'done', payload: Buffer.from('1.0') },
  });
  const { id, result } = await take(replies);
  const fault = { code: 'runtime_error', message: 'broken' };
  assert.deepEqual(
    [id, result],
    ['b', { kind: 'failed', failure: { fault, actor: 'infer', attempt: 2, failedAt: undefined } }],
  );
});

test('the error of an original that was sent unchanged is in the headers of the copy', async (t) => {
  const { replies, send } = await setup(t);
  send('{"id":"a","payload":1}', 'error_end', {
    'asya-error-code': 'reply_too_large',
    'asya-error-message': 'too large',
    'asya-error-actor': 'infer',
  });
  const { result } = await take(replies);
  assert.ok(result.kind === 'failed');
  assert.deepEqual(result.failure.fault, { code: 'reply_too_large', message: 'too large' });
  assert.equal(result.failure.actor, 'infer');
});

test('a payload of happy-end that resembles an error is a result', async (t) => {
  const { replies, send } = await setup(t);
  const payload = { error: 'x', details: { code: 'runtime_error', message: 'x' } };
  send(JSON.stringify({ id: 'a', payload }), 'happy_end');
  assert.equal((await take(replies)).result.kind, 'done');
});

test('messages of other programs are ignored', async (t) => {
  const { replies, send } = await setup(t);
  send('{"id":"a","payload":1}');
  send('not an envelope', 'happy_end');
  send('{"id":"b","payload":1}', 'happy_end');
  assert.equal((await take(replies)).id, 'b');
});

test('the wait for an answer ends at its signal, and when the queue is lost', async (t) => {
  const { replies, commands } = await setup(t);
  assert.equal(await replies.next(AbortSignal.abort()), undefined);
  const over = new AbortController();
  const waiting = replies.next(over.signal);
  over.abort();
  assert.equal(await waiting, undefined);
  assert.equal(replies.lostReason, undefined);
  const lost = replies.next(new AbortController().signal);
  commands.broker.control.disconnect();
  assert.equal(await lost, undefined);
  assert.equal(replies.lostReason, 'connection to the broker lost');
});

test('the queue is deleted when the replies are closed, and later copies are dropped', async (t) => {
  const { replies, commands, send } = await setup(t);
  assert.equal((await commands.transport.inspect(replies.queue))?.exists, true);
  await replies.close();
  assert.equal((await commands.transport.inspect(replies.queue))?.exists, false);
  send('{"id":"a","payload":1}', 'happy_end');
});

test('a queue that the broker does not open is a clear error', async () => {
  const transport = {
    sendCopy: () => {},
    openReplyQueue: () => Promise.reject(new OpenError('ACCESS_REFUSED - no permission')),
  };
  const expected = new CommandError('reply queue not opened: ACCESS_REFUSED - no permission');
  await assert.rejects(openReplies(transport), expected);
});

type Replies = Awaited<ReturnType<typeof openReplies>>;

async function setup(t: TestContext): Promise<{
  readonly replies: Replies;
  readonly commands: Commands;
  readonly send: (body: string, end?: string, headers?: Record<string, string>) => void;
}> {
  const commands = await setupCommands(t);
  const replies = await openReplies(commands.transport);
  return {
    replies,
    commands,
    send: (body, end, headers = {}) =>
      commands.transport.sendCopy(replies.queue, {
        body: Buffer.from(body),
        headers: { ...headers, ...(end === undefined ? {} : { 'asya-end': end }) },
      }),
  };
}

async function take(replies: Replies): Promise<Answer> {
  const answer = await replies.next(AbortSignal.timeout(5_000));
  assert.ok(answer !== undefined);
  return answer;
}
