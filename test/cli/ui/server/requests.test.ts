import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { test, type TestContext } from 'node:test';
import { RequestError } from '../../../../src/cli/ui/server/routes/requestError.ts';
import type { Route } from '../../../../src/cli/ui/server/routes/route.ts';
import { within } from '../../../kit/processes/until.ts';
import { startUiServer, TOKEN, type UiServerRig } from '../../../kit/ui/uiServer.ts';

/** Answers with what the route received. */
const ECHO: Route = {
  method: 'POST',
  path: '/api/things/:name',
  handle: ({ parameter, query, body }) => ({
    kind: 'json',
    value: { name: parameter('name'), query: [...query], body },
  }),
};

const SHOW: Route = {
  method: 'GET',
  path: '/api/things/:name',
  handle: ({ parameter }) => ({ kind: 'json', value: parameter('name') }),
};

const start = (t: TestContext, ...routes: readonly Route[]): Promise<UiServerRig> =>
  startUiServer(t, { routes });

test('a route receives the decoded segments, the query and the body', async (t) => {
  const { send } = await start(t, ECHO);
  const { status, headers, body } = await send('/api/things/a%2Fb%20%C3%A9?x=1&x=2', {
    method: 'POST',
    body: '{"y": [1, "é"]}',
  });
  assert.equal(status, 200);
  assert.equal(headers['content-type'], 'application/json; charset=utf-8');
  assert.deepEqual(JSON.parse(body), {
    name: 'a/b é',
    query: [
      ['x', '1'],
      ['x', '2'],
    ],
    body: { y: [1, 'é'] },
  });
});

test('a literal segment is preferred to a parameter', async (t) => {
  const literal: Route = {
    method: 'GET',
    path: '/api/things/all',
    handle: () => ({ kind: 'json', value: 'the literal' }),
  };
  const { send } = await start(t, SHOW, literal);
  assert.equal((await send('/api/things/all')).body, '"the literal"\n');
  assert.equal((await send('/api/things/one')).body, '"one"\n');
});

test('two routes with the same method and path are an error at the start', async (t) => {
  await assert.rejects(start(t, SHOW, SHOW), new Error('two routes: GET /api/things/:name'));
});

test('HEAD is a GET without a body', async (t) => {
  const { send } = await start(t, SHOW);
  const { status, headers, body } = await send('/api/things/one', { method: 'HEAD' });
  assert.deepEqual([status, headers['content-length'], body], [200, '6', '']);
});

test('a path that no route has is 404, another method is 405 with the allowed ones', async (t) => {
  const { send } = await start(t, SHOW);
  for (const path of ['/api/', '/api/thing/one', '/api/things/', '/api/things/one/two']) {
    const { status, body } = await send(path);
    assert.deepEqual([status, JSON.parse(body)], [404, { error: `there is no ${path}` }]);
  }
  const { status, headers, body } = await send('/api/things/one', { method: 'DELETE' });
  assert.deepEqual([status, headers.allow], [405, 'GET, HEAD']);
  assert.match(body, /DELETE is not allowed for \/api\/things\/one/);
});

test('a segment that is not UTF-8 is 400', async (t) => {
  const { send } = await start(t, SHOW);
  const { status, body } = await send('/api/things/%FF');
  assert.deepEqual(
    [status, JSON.parse(body)],
    [400, { error: 'the path is not percent-encoded UTF-8' }],
  );
});

test('a body that is not JSON is 400, 413 or 415 with the reason', async (t) => {
  const { send } = await start(t, ECHO);
  const post = async (body: string | Buffer, headers = {}): Promise<readonly unknown[]> => {
    const answer = await send('/api/things/one', { method: 'POST', body, headers });
    return [answer.status, (JSON.parse(answer.body) as { error: string }).error];
  };
  const typed = { 'content-type': 'text/plain' };
  assert.deepEqual(await post('{}', typed), [415, 'the content type must be application/json']);
  const [status, error] = await post('{"a": }');
  assert.equal(status, 400);
  assert.match(String(error), /^the body is not JSON: /);
  assert.equal((await post(Buffer.of(0x22, 0xff, 0x22)))[0], 400);
  const large = JSON.stringify('x'.repeat(65_535));
  assert.deepEqual(await post(large), [413, 'the body has more than 65536 bytes']);
  assert.equal((await post(large.replace('xx', '')))[0], 200);
});

test('a body without a length is read up to the limit', async (t) => {
  const { port } = await start(t, ECHO);
  const socket = connect(port, '127.0.0.1');
  t.after(() => socket.destroy());
  socket.write(
    `POST /api/things/one HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${TOKEN}\r\n` +
      'Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n',
  );
  const chunk = 'x'.repeat(30_000);
  for (let sent = 0; sent < 3; sent++) socket.write(`${(30_000).toString(16)}\r\n${chunk}\r\n`);
  const [answer] = (await within(once(socket, 'data'), 'the answer')) as [Buffer];
  assert.match(answer.toString(), /^HTTP\/1\.1 413 [\s\S]*Connection: close/i);
});

test('a route may raise the limit of its body', async (t) => {
  const { send } = await start(t, { ...ECHO, maxBodyBytes: 200_000 });
  const body = JSON.stringify('x'.repeat(150_000));
  assert.equal((await send('/api/things/one', { method: 'POST', body })).status, 200);
});

test('the error of a route is a problem with its field', async (t) => {
  const { send } = await start(t, {
    ...SHOW,
    handle() {
      throw new RequestError(410, 'the message is gone', { field: 'row' });
    },
  });
  const { status, body } = await send('/api/things/one');
  assert.deepEqual(
    [status, JSON.parse(body)],
    [410, { error: 'the message is gone', field: 'row' }],
  );
});

test('an error that no route expects is 500, is logged, and ends nothing', async (t) => {
  const logged: unknown[] = [];
  const log = {
    debug() {},
    info() {},
    warn() {},
    error: (fields: unknown) => void logged.push(fields),
  };
  const broken: Route = { ...SHOW, handle: () => Promise.reject(new TypeError('x is undefined')) };
  const { send } = await startUiServer(t, { routes: [broken], log });
  const { status, body } = await send('/api/things/one');
  assert.deepEqual([status, JSON.parse(body)], [500, { error: 'internal error: x is undefined' }]);
  assert.deepEqual(logged, [{ err: new TypeError('x is undefined') }]);
  assert.equal((await send('/api/other')).status, 404);
});

test('a file is not decoded or changed', async (t) => {
  const { open } = await start(t, {
    ...SHOW,
    async handle() {
      return {
        kind: 'file',
        async write(lines) {
          await lines.write('{"one": 1}\n');
          await lines.write('two\n');
        },
      };
    },
  });
  const response = await open('/api/things/one');
  assert.equal(response.headers['content-type'], 'application/x-ndjson');
  assert.equal(await text(response), '{"one": 1}\ntwo\n');
});
