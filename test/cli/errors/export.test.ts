import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errorsCommand } from '../../../src/cli/errors/errorsCommand.ts';
import { decodeMessage } from '../../../src/cli/queue/messageJson.ts';
import { envelopeWith, errorEnvelope, errorEnvelopeOfBytes } from '../../kit/envelopes/failures.ts';
import { createCommandContext } from '../../kit/processes/commandContext.ts';
import { setupCommands } from '../../kit/processes/commands.ts';

interface Line {
  readonly message: object;
  readonly error: object;
}

test('each message is exported with its bytes, headers and properties, and stays in the queue', async (t) => {
  const { run, transport, look } = await setupCommands(t);
  const failed = errorEnvelope(envelopeWith({ id: 'a' }), { type: 'ValueError' });
  const messages = [
    { body: failed, headers: { own: 7 }, properties: { contentType: 'application/json' } },
    { body: Buffer.from([0xff, 0]), headers: {}, properties: { priority: 9 } },
  ];
  for (const message of messages) await transport.send('error-end', message);
  const { code, out, err } = await run(errorsCommand, ['export']);
  assert.equal(code, 0);
  assert.match(err, /^2 messages in "error-end", as of \S+ UTC\n$/);
  const lines = out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
  for (const [index, { message }] of lines.entries()) {
    const { body, headers, properties } = decodeMessage(message);
    assert.deepEqual({ body, headers, properties }, messages[index]);
  }
  assert.deepEqual(lines[0]?.error, {
    id: 'a',
    journey: 'a',
    actor: 'infer',
    code: 'runtime_error',
    text: 'ValueError: on purpose',
    attempt: 5,
    failed_at: '2026-11-29T15:00:00.000Z',
  });
  assert.equal((await look('error-end')).length, 2);
});

test('--originals prints the envelopes for send, and names the other messages', async (t) => {
  const { run, put } = await setupCommands(t);
  const payload = '{ "a":1.0, "b":9007199254740993 }';
  const original = `{"id":"a","route":{"actors":["infer"],"current":0},"headers":{"x-asya-hops":1},"payload":${payload}}`;
  await put('error-end', errorEnvelope(Buffer.from(original)));
  await put('error-end', errorEnvelopeOfBytes(Buffer.from('no JSON')));
  await put('error-end', Buffer.from('garbage'));
  const route = { actors: ['prep'], current: 1 };
  await put(
    'error-end',
    errorEnvelope(envelopeWith({ id: 'past', route }), { code: 'unroutable' }),
  );
  const { code, out, err } = await run(errorsCommand, ['export', '--originals']);
  assert.equal(code, 1);
  assert.equal(out, `${original.replace('"x-asya-hops":1', '"x-asya-hops":2')}\n`);
  assert.match(err, /^sha256-\w+: the original is not an envelope$/m);
  assert.match(err, /^sha256-\w+: not an envelope$/m);
  assert.match(err, /^past: the original is for "happy-end", which is not current in its route$/m);
});

test('a closed standard output ends the export without an error', async (t) => {
  const { run, put } = await setupCommands(t);
  for (const id of ['a', 'b']) await put('error-end', errorEnvelope(envelopeWith({ id })));
  const closed = new AbortController();
  const { context, printed } = createCommandContext();
  const terminal = {
    ...context.terminal,
    async write() {
      closed.abort();
      throw new Error('write EPIPE');
    },
  };
  const { code } = await run(errorsCommand, ['export'], { terminal, outputClosed: closed.signal });
  assert.deepEqual([code, printed().err], [0, '']);
});

test('a failed write ends the export with the reason', async (t) => {
  const { run, put } = await setupCommands(t);
  await put('error-end', errorEnvelope(envelopeWith()));
  const { context } = createCommandContext();
  const write = (): Promise<void> => Promise.reject(new Error('ENOSPC: no space left on device'));
  await assert.rejects(
    run(errorsCommand, ['export'], { terminal: { ...context.terminal, write } }),
    { message: 'cannot write standard output: ENOSPC: no space left on device' },
  );
});

test('a missing id is a failure, other filters may match nothing', async (t) => {
  const { run, put } = await setupCommands(t);
  await put('error-end', errorEnvelope(envelopeWith({ id: 'a' })));
  const missing = await run(errorsCommand, ['export', '--id', 'a', '--id', 'x']);
  assert.equal(missing.code, 1);
  assert.match(missing.err, /^no message of "error-end" with the id "x" matches$/m);
  assert.equal((await run(errorsCommand, ['export', '--id', 'a'])).code, 0);
  assert.equal((await run(errorsCommand, ['export', '--actor', 'x'])).code, 0);
});
