import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createClient } from '../../../ui/client/client.ts';
import { ProblemError, ServerLost } from '../../../ui/client/errors.ts';
import { openTestServer, readBody } from './testServer.ts';

const TOKEN = 'a-token';

test('a request carries the token, and a POST its body as JSON', async (t) => {
  const origin = await openTestServer(t, async (request, response) => {
    const { authorization } = request.headers;
    const { method, url } = request;
    const body = await readBody(request);
    response.end(JSON.stringify({ method, url, authorization, body }));
  });
  const client = createClient({ token: TOKEN, origin });
  const authorization = `Bearer ${TOKEN}`;
  const read = await client.get('/api/x?y=%20');
  assert.deepEqual(read, { method: 'GET', url: '/api/x?y=%20', authorization, body: '' });
  const sent = await client.post('/api/x', { a: '<b>' });
  assert.deepEqual(sent, { method: 'POST', url: '/api/x', authorization, body: '{"a":"<b>"}' });
  const file = await client.download('/api/x', { rows: [] });
  assert.match(await file.text(), /"method":"POST"/);
});

test('a refused request rejects with the problem of the server', async (t) => {
  const origin = await openTestServer(t, (_, response) => {
    response.writeHead(400).end(JSON.stringify({ error: '"x" is not a duration', field: 'wait' }));
  });
  await assert.rejects(
    createClient({ token: TOKEN, origin }).get('/'),
    new ProblemError(400, { error: '"x" is not a duration', field: 'wait' }),
  );
});

test('a refused request without a problem as JSON names the status', async (t) => {
  const origin = await openTestServer(t, (_, response) => {
    response.writeHead(502, 'Bad Gateway').end('<html>');
  });
  const client = createClient({ token: TOKEN, origin });
  const expected = { name: 'ProblemError', message: 'the server answered 502 Bad Gateway' };
  await assert.rejects(client.get('/'), expected);
  await assert.rejects(client.stream('/', { onEvent: () => undefined }), expected);
});

test('a server that is gone, or cuts the answer off, is lost', async (t) => {
  const origin = await openTestServer(t, (_, response) => {
    response.writeHead(200, { 'content-length': 100 }).write('{"a":');
    setImmediate(() => response.destroy());
  });
  const client = createClient({ token: TOKEN, origin });
  await assert.rejects(client.get('/'), ServerLost);
  await assert.rejects(client.stream('/', { onEvent: () => undefined }), ServerLost);
  const nowhere = createClient({ token: TOKEN, origin: 'http://127.0.0.1:9' });
  await assert.rejects(nowhere.get('/'), ServerLost);
});

test('a stream delivers each event once, wherever its bytes are cut', async (t) => {
  const lines = '{"text":"äöü"}\n\n{}\n{"big":12345678901234567890}\n[1]';
  const origin = await openTestServer(t, async (_, response) => {
    for (const byte of Buffer.from(lines)) {
      response.write(Buffer.of(byte));
      await new Promise(setImmediate);
    }
    response.end();
  });
  const events: unknown[] = [];
  const end = await createClient({ token: TOKEN, origin }).stream('/', {
    onEvent: (event) => void events.push(event),
  });
  assert.equal(end, 'ended');
  assert.deepEqual(events, [{ text: 'äöü' }, { big: 12345678901234567000 }, [1]]);
});

test('an aborted stream resolves, and delivers nothing more', async (t) => {
  const origin = await openTestServer(t, (_, response) => {
    response.write('[1]\n[2]\n');
  });
  const stop = new AbortController();
  const events: unknown[] = [];
  const end = await createClient({ token: TOKEN, origin }).stream('/', {
    signal: stop.signal,
    onEvent: (event) => {
      events.push(event);
      stop.abort();
    },
  });
  assert.equal(end, 'aborted');
  assert.deepEqual(events, [[1]]);
});

test('a stream without a byte for the time-out has lost its server', async (t) => {
  const origin = await openTestServer(t, (request, response) => {
    if (request.url === '/silent') response.write('[1]\n');
  });
  const client = createClient({ token: TOKEN, origin, silenceMs: 500 });
  const events: unknown[] = [];
  const onEvent = (event: unknown): void => void events.push(event);
  await assert.rejects(client.stream('/silent', { onEvent }), ServerLost);
  assert.deepEqual(events, [[1]]);
  await assert.rejects(client.stream('/no-answer', { onEvent }), ServerLost);
});

test('heartbeats keep a stream open, and are not delivered', async (t) => {
  const origin = await openTestServer(t, (_, response) => {
    let beats = 0;
    const timer = setInterval(() => {
      response.write('{}\n');
      beats += 1;
      if (beats < 10) return;
      clearInterval(timer);
      response.end('["end"]\n');
    }, 30);
  });
  const events: unknown[] = [];
  const client = createClient({ token: TOKEN, origin, silenceMs: 200 });
  await client.stream('/', { onEvent: (event) => void events.push(event) });
  assert.deepEqual(events, [['end']]);
});

test('an error of the receiver ends the stream with this error', async (t) => {
  const origin = await openTestServer(t, (_, response) => {
    response.write('[1]\n');
  });
  const fail = (): never => {
    throw new TypeError('not a function');
  };
  const stream = createClient({ token: TOKEN, origin }).stream('/', { onEvent: fail });
  await assert.rejects(stream, new TypeError('not a function'));
});
