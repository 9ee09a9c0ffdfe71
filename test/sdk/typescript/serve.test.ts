import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { test, type TestContext } from 'node:test';
import { Reject, Retry, serve, type Context } from '../../../sdk/typescript/src/index.ts';
import { encodeFrame } from '../../../src/runtime/framed/framing.ts';
import { SECOND } from '../../../src/units.ts';
import { payloadsOf } from '../../kit/runtimes/replies.ts';
import { serveActor } from '../../kit/runtimes/typescriptKit.ts';

for (const protocol of ['payload', 'http', 'envelope'] as const) {
  test(`with ${protocol}, results become payloads`, async (t) => {
    const { ask } = await serveActor(t, ({ reply }: { reply: unknown }) => reply, protocol);
    const payloads = async (reply: string): Promise<string[]> =>
      payloadsOf(await ask({ payload: `{"reply":${reply}}` }));
    assert.deepEqual(await payloads('{"text":"Grüße 🎈"}'), ['{"text":"Grüße 🎈"}']);
    assert.deepEqual(await payloads('[1,"two",null]'), ['1', '"two"', 'null']);
    assert.deepEqual(await payloads('[[1,2]]'), ['[1,2]']);
    assert.deepEqual(await payloads('null'), []);
    assert.deepEqual(await payloads('[]'), []);
    const error = '{"error":"quota","message":"exceeded"}';
    assert.deepEqual(await payloads(error), [error]);
  });

  test(`with ${protocol}, the values of generators become payloads`, async (t) => {
    const generators = {
      *sync() {
        yield 1;
        yield [2];
      },
      async *async() {
        yield 3;
      },
      async promised() {
        return generators.sync();
      },
      *none() {},
    };
    const handle = (name: keyof typeof generators): unknown => generators[name]();
    const { ask } = await serveActor(t, handle, protocol);
    assert.deepEqual(payloadsOf(await ask({ payload: '"sync"' })), ['1', '[2]']);
    assert.deepEqual(payloadsOf(await ask({ payload: '"async"' })), ['3']);
    assert.deepEqual(payloadsOf(await ask({ payload: '"promised"' })), ['1', '[2]']);
    assert.deepEqual(payloadsOf(await ask({ payload: '"none"' })), []);
  });

  test(`with ${protocol}, Retry and Reject request what they name`, async (t) => {
    const handle = (mode: string): never => {
      if (mode === 'later') throw new Retry({ after: 1.5 });
      if (mode === 'again') throw new Retry({ message: 'flaky' });
      throw new Reject('too_old', 'born before 2020', { field: 'age' });
    };
    const { ask } = await serveActor(t, handle, protocol);
    const later = await ask({ payload: '"later"' });
    assert.ok(later.kind === 'deferred' && later.afterMs === 1500, JSON.stringify(later));
    const again = await ask({ payload: '"again"' });
    assert.ok(again.kind === 'failed' && again.retryable && again.fault.message === 'flaky');
    const rejected = await ask({ payload: '"reject"' });
    assert.ok(rejected.kind === 'failed' && !rejected.retryable, JSON.stringify(rejected));
    const { runtimeCode, message, runtimeDetails } = rejected.fault;
    const read = [runtimeCode, message, runtimeDetails];
    assert.deepEqual(read, ['too_old', 'born before 2020', '{"field":"age"}']);
  });
}

test('the context has the fields of the request', async (t) => {
  const handle = (_: unknown, context: Context): unknown => ({
    id: context.id,
    journey: context.journey,
    actor: context.actor,
    attempt: context.attempt,
    deadline: context.deadline,
    hasTime: (context.timeLeft ?? 0) > 1000 && (context.timeLeft ?? 0) <= 10_000,
    hasKey: context.idempotencyKey?.startsWith('é 1.0.'),
    cancelled: context.cancelled,
  });
  const { ask } = await serveActor(t, handle);
  const envelope =
    '{"id":"é 1","headers":{"x-asya-journey-id":"j 1","x-asya-deadline":"2100-01-01T00:00:00Z"},' +
    '"route":{"actors":["infer"],"current":0},"payload":1}';
  const [text = ''] = payloadsOf(await ask({ envelope, attempt: 3 }));
  assert.deepEqual(JSON.parse(text), {
    id: 'é 1',
    journey: 'j 1',
    actor: 'infer',
    attempt: 3,
    deadline: '2100-01-01T00:00:00.000Z',
    hasTime: true,
    hasKey: true,
    cancelled: false,
  });
});

test('with envelope, an actor may change the headers and the rest of the route', async (t) => {
  const handle = (_: unknown, { headers, route }: Context): unknown => {
    headers['priority'] = 'high';
    route?.actors.splice(1, 1, 'audit', 'store');
    return 1;
  };
  const { ask } = await serveActor(t, handle, 'envelope');
  const reply = await ask();
  assert.ok(reply.kind === 'answered', JSON.stringify(reply));
  const [{ route, headers } = {}] = reply.items;
  assert.deepEqual([route?.actors, route?.current], [['infer', 'audit', 'store'], 1]);
  assert.match(headers?.bytes.toString() ?? '', /"priority":"high"/);
});

test('the context has the bytes of the payload', async (t) => {
  for (const protocol of ['payload', 'http'] as const) {
    const { ask } = await serveActor(t, (_, { body }) => body?.toString(), protocol);
    const payload = '{"id": 9007199254740993}';
    assert.deepEqual(payloadsOf(await ask({ payload })), [JSON.stringify(payload)]);
  }
});

test('a failed call is one line of the log', async (t) => {
  const { ask, log } = await serveActor(t, () => {
    throw new TypeError('two\nlines');
  });
  await ask({ attempt: 2 });
  const { time, at, ...line } = JSON.parse(log.at(-1) ?? '');
  assert.match(at, /\/serve\.test\.ts:\d+$/);
  assert.ok(!Number.isNaN(Date.parse(time)));
  assert.deepEqual(line, {
    level: 'error',
    msg: 'call failed',
    envelope_id: 'env-1',
    attempt: 2,
    error: 'processing_error',
    type: 'TypeError',
    err: 'two\nlines',
  });
});

test('a request that is not JSON is one line of the log', async (t) => {
  for (const protocol of ['payload', 'http', 'envelope'] as const) {
    const { socketPath, log } = await serveActor(t, () => 1, protocol);
    const body = 'nonsense';
    await exchange(
      t,
      socketPath,
      protocol === 'http'
        ? Buffer.from(
            `POST / HTTP/1.1\r\nhost: kit\r\nconnection: close\r\ncontent-length: 8\r\n\r\n${body}`,
          )
        : Buffer.concat(encodeFrame(Buffer.from(body))),
      protocol !== 'http',
    );
    const { level, msg, err } = JSON.parse(log.at(-1) ?? '');
    assert.deepEqual([level, msg], ['warn', 'bad request']);
    assert.match(err, /^the request is not JSON: /);
  }
});

test('a frame over 256 MiB is answered with an error before the connection closes', async (t) => {
  const message = 'the frame has 268435457 bytes, over the limit of 268435456';
  for (const protocol of ['payload', 'envelope'] as const) {
    const { socketPath, log } = await serveActor(t, () => 1, protocol);
    const reply = await exchange(t, socketPath, Buffer.from([0x10, 0, 0, 1]), false);
    const error = { error: 'bad_request', message };
    assert.deepEqual(
      JSON.parse(reply.subarray(4).toString()),
      protocol === 'envelope' ? [error] : error,
    );
    const { msg, err } = JSON.parse(log.at(-1) ?? '');
    assert.deepEqual([msg, err], ['bad request', message]);
  }
});

test(
  'ASYA_CONCURRENCY of the sidecar does not limit the calls',
  { timeout: 20 * SECOND },
  async (t) => {
    process.env['ASYA_CONCURRENCY'] = '1';
    t.after(() => delete process.env['ASYA_CONCURRENCY']);
    let running = 0;
    const both = Promise.withResolvers<string>();
    const { ask } = await serveActor(t, () => {
      if (++running === 2) both.resolve('together');
      return both.promise;
    });
    const replies = await Promise.all([ask(), ask()]);
    assert.deepEqual(replies.map(payloadsOf), [['"together"'], ['"together"']]);
  },
);

/** Sends bytes, and returns what arrives until the connection closes. */
async function exchange(
  t: TestContext,
  socketPath: string,
  bytes: Buffer,
  ends = true,
): Promise<Buffer> {
  const socket = connect(socketPath);
  t.after(() => socket.destroy());
  if (ends) socket.end(bytes);
  else socket.write(bytes);
  return buffer(socket);
}

test('close answers the running call, and removes both files', async (t) => {
  const started = Promise.withResolvers<void>();
  const finish = Promise.withResolvers<number>();
  const served = await serveActor(t, () => {
    started.resolve();
    return finish.promise;
  });
  const folder = dirname(served.socketPath);
  assert.deepEqual((await readdir(folder)).toSorted(), ['asya-runtime.sock', 'runtime-ready']);
  const reply = served.ask();
  await started.promise;
  const closed = served.close();
  finish.resolve(7);
  assert.deepEqual(payloadsOf(await reply), ['7']);
  await closed;
  assert.deepEqual(await readdir(folder), []);
});

test('a second runtime on the same socket is refused', async (t) => {
  const { socketPath, ask } = await serveActor(t, () => 1);
  const second = serve({ handle: () => 2, socketDir: dirname(socketPath), signals: false });
  await assert.rejects(second, {
    name: 'StartError',
    message: `cannot listen on ${socketPath}: another process listens on it`,
  });
  assert.deepEqual(payloadsOf(await ask()), ['1']);
});
