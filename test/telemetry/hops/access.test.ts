import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type OutgoingHttpHeaders } from 'node:http';
import { networkInterfaces } from 'node:os';
import type { AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import { HopFeed } from '../../../telemetry/hops/hopFeed.ts';
import { createHopsHandler } from '../../../telemetry/hops/hopsHandler.ts';
import { openHops } from '../../kit/telemetry/hopsClient.ts';

/** An address of this machine that is not on the loopback interface. */
const OTHER = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .find(({ internal, family }) => !internal && family === 'IPv4')?.address;
const NEEDS_OTHER = {
  skip: OTHER === undefined && 'this machine has only the loopback interface',
};

interface Answer {
  readonly status: number | undefined;
  readonly reason: string;
  readonly authenticate: string | undefined;
}

/** Serves /hops on all interfaces. */
async function setup(t: TestContext, readToken?: () => string | undefined) {
  const server = createServer(createHopsHandler(new HopFeed('infer'), readToken)).listen(0, '::');
  await once(server, 'listening');
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  return async (host = '127.0.0.1', headers: OutgoingHttpHeaders = {}): Promise<Answer> => {
    const { response, read } = await openHops(t, `http://${host}:${port}/hops`, { headers });
    const { statusCode: status } = response;
    const reason = status === 200 ? '' : ((await read(1))[0] ?? '');
    return { status, reason, authenticate: response.headers['www-authenticate'] };
  };
}

const ALLOWED: Answer = { status: 200, reason: '', authenticate: undefined };

test('a client on the loopback interface needs no token', async (t) => {
  const ask = await setup(t);
  for (const host of ['127.0.0.1', '127.8.9.1', '[::1]', 'localhost']) {
    assert.deepEqual(await ask(host), ALLOWED, host);
  }
});

test('another client is refused without a configured token', NEEDS_OTHER, async (t) => {
  const ask = await setup(t);
  const refused: Answer = {
    status: 403,
    reason: 'only for clients on the loopback interface; others need ASYA_HOPS_TOKEN_FILE',
    authenticate: undefined,
  };
  assert.deepEqual(await ask(OTHER), refused);
  assert.deepEqual(await ask(OTHER, { authorization: 'Bearer undefined' }), refused);
  assert.deepEqual(await ask(OTHER, { 'x-forwarded-for': '127.0.0.1' }), refused);
});

test('another client needs the bearer token, which may change', NEEDS_OTHER, async (t) => {
  let token = 'first';
  const ask = await setup(t, () => token);
  assert.deepEqual(await ask(OTHER), {
    status: 401,
    reason: 'a bearer token is required',
    authenticate: 'Bearer',
  });
  for (const authorization of ['Bearer wrong', 'Bearer first2', 'Bearer firs', 'Basic first']) {
    assert.equal((await ask(OTHER, { authorization })).status, 401, authorization);
  }
  assert.deepEqual(await ask(OTHER, { authorization: 'Bearer first' }), ALLOWED);
  token = 'second';
  assert.equal((await ask(OTHER, { authorization: 'Bearer first' })).status, 401);
  assert.deepEqual(await ask(OTHER, { authorization: 'bearer second' }), ALLOWED);
});

test('a token that cannot be read refuses all but loopback clients', NEEDS_OTHER, async (t) => {
  const ask = await setup(t, () => {
    throw new Error('ASYA_HOPS_TOKEN_FILE: the file is empty');
  });
  assert.deepEqual(await ask(OTHER, { authorization: 'Bearer ' }), {
    status: 403,
    reason: 'ASYA_HOPS_TOKEN_FILE: the file is empty',
    authenticate: undefined,
  });
  assert.deepEqual(await ask(), ALLOWED);
});

test('a proxy in the pod, a foreign host name and a foreign page do not count as local', async (t) => {
  const ask = await setup(t, () => 'secret');
  const foreign: readonly OutgoingHttpHeaders[] = [
    { host: 'evil.example:8080' },
    { host: 'localhost.evil.example' },
    { 'x-forwarded-for': '10.0.0.9' },
    { 'x-forwarded-proto': 'http' },
    { forwarded: 'for=10.0.0.9' },
    { via: '1.1 proxy' },
    { 'sec-fetch-site': 'cross-site' },
  ];
  for (const headers of foreign) {
    assert.equal((await ask('127.0.0.1', headers)).status, 401, JSON.stringify(headers));
  }
  assert.deepEqual(await ask('127.0.0.1', { 'sec-fetch-site': 'none' }), ALLOWED);
  const authorization = 'Bearer secret';
  assert.deepEqual(await ask('127.0.0.1', { host: 'evil.example', authorization }), ALLOWED);
});
