import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, test, type TestContext } from 'node:test';
import type { Route } from '../../../../src/cli/ui/server/routes/route.ts';
import { createAuthority, createCertificate } from '../../../kit/brokers/certificates.ts';
import { within } from '../../../kit/processes/until.ts';
import {
  startUiServer,
  TOKEN,
  type UiServerParts,
  type UiServerRig,
} from '../../../kit/ui/uiServer.ts';

const HELLO: Route = {
  method: 'GET',
  path: '/api/hello',
  handle: () => ({ kind: 'json', value: { hello: 'world' } }),
};

const start = (t: TestContext, parts: UiServerParts = {}): Promise<UiServerRig> =>
  startUiServer(t, { routes: [HELLO], ...parts });

describe('a request to /api/ needs the token', () => {
  for (const [name, authorization] of [
    ['missing', undefined],
    ['of another scheme', `Basic ${TOKEN}`],
    ['a part of it', `Bearer ${TOKEN.slice(0, -1)}`],
    ['longer', `Bearer ${TOKEN}x`],
    ['empty', 'Bearer '],
  ] as const) {
    test(name, async (t) => {
      const { send } = await start(t);
      const { status, headers, body } = await send('/api/hello', { headers: { authorization } });
      assert.equal(status, 401);
      assert.equal(headers['www-authenticate'], 'Bearer');
      assert.doesNotMatch(body, /hello|test/);
    });
  }

  test('in the Authorization header, not in the query or a cookie', async (t) => {
    const { send } = await start(t);
    const headers = { authorization: undefined, cookie: `token=${TOKEN}` };
    assert.equal((await send(`/api/hello?token=${TOKEN}`, { headers })).status, 401);
    assert.equal((await send('/api/hello')).status, 200);
  });

  test('also for a path that does not exist, and for a method that is not allowed', async (t) => {
    const { send } = await start(t);
    const headers = { authorization: undefined };
    assert.equal((await send('/api/other', { headers })).status, 401);
    assert.equal((await send('/api/hello', { method: 'POST', body: '{}', headers })).status, 401);
  });
});

describe('the Host must be a name of the server', () => {
  for (const host of ['localhost', 'LOCALHOST:1234', '127.0.0.1', '127.0.0.1:9', '[::1]:8090']) {
    test(`${host} is one`, async (t) => {
      const { send } = await start(t);
      assert.equal((await send('/api/hello', { headers: { host } })).status, 200);
    });
  }

  for (const host of [
    'evil.example',
    'evil.example:8090',
    '127.0.0.1.evil.example',
    'localhost.evil.example',
    'localhost@evil.example',
    '10.0.0.1',
    '[::2]',
    '127.0.0.1:8090:1',
  ]) {
    test(`${host} is not: the page and the API refuse it`, async (t) => {
      const { send } = await start(t);
      const headers = { host };
      assert.equal((await send('/api/hello', { headers })).status, 403);
      assert.equal((await send('/', { headers })).status, 403);
    });
  }

  test('a request without a host is refused', async (t) => {
    const { port } = await start(t);
    for (const version of ['1.0', '1.1']) {
      const head = `GET /api/hello HTTP/${version}\r\nAuthorization: Bearer ${TOKEN}\r\n\r\n`;
      assert.match(await sendRaw(port, head), /^HTTP\/1\.1 40[03] /);
    }
  });
});

test('a request with two hosts is refused', async (t) => {
  const { port } = await start(t);
  for (const path of ['/api/hello', '/']) {
    const head = `GET ${path} HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\nConnection: close\r\n\r\n`;
    assert.match(await sendRaw(port, head), /^HTTP\/1\.1 400 [\s\S]*more than one Host/);
  }
});

describe('the Origin must be that of the page', () => {
  test('requests of the page are accepted', async (t) => {
    const { port, send } = await start(t);
    const headers = { origin: `http://127.0.0.1:${port}`, 'sec-fetch-site': 'same-origin' };
    assert.equal((await send('/api/hello', { headers })).status, 200);
  });

  test('through a forwarded port, the origin has the name and port of the host', async (t) => {
    const { send } = await start(t);
    const headers = { host: 'localhost:9999', origin: 'http://localhost:9999' };
    assert.equal((await send('/api/hello', { headers })).status, 200);
  });

  for (const origin of [
    'https://evil.example',
    'null',
    'http://127.0.0.1',
    'http://127.0.0.1:1',
    'http://localhost:8090',
    '',
  ]) {
    test(`"${origin}" is refused`, async (t) => {
      const { send } = await start(t);
      const { status, body } = await send('/api/hello', { headers: { origin } });
      assert.deepEqual([status, JSON.parse(body)], [403, { error: refusalOf(origin) }]);
      assert.equal((await send('/', { headers: { origin } })).status, 403);
    });
  }

  for (const site of ['cross-site', 'same-site']) {
    test(`Sec-Fetch-Site: ${site} is refused`, async (t) => {
      const { send } = await start(t);
      const headers = { 'sec-fetch-site': site };
      assert.equal((await send('/api/hello', { headers })).status, 403);
      assert.equal((await send('/app.js', { headers })).status, 403);
    });
  }

  test('a link on another site opens the page, and reaches no data', async (t) => {
    const { send } = await start(t);
    const headers = {
      'sec-fetch-site': 'cross-site',
      'sec-fetch-mode': 'navigate',
      'sec-fetch-dest': 'document',
    };
    assert.equal((await send('/', { headers })).status, 503); // the page is not built
    assert.equal(
      (await send('/', { headers: { ...headers, 'sec-fetch-dest': 'iframe' } })).status,
      403,
    );
    assert.equal((await send('/api/hello', { headers })).status, 403);
  });
});

function refusalOf(origin: string): string {
  return `requests from the origin "${origin}" are refused`;
}

describe('over TLS', () => {
  const tls = createCertificate('asya.example', createAuthority('ca'));

  test('the host may be a name of the certificate', async (t) => {
    const { send } = await start(t, { tls });
    const statusFor = async (host: string, origin?: string): Promise<number | undefined> =>
      (await send('/api/hello', { headers: { host, origin } })).status;
    assert.equal(await statusFor('asya.example:8443'), 200);
    assert.equal(await statusFor('asya.example', 'https://asya.example'), 200);
    assert.equal(await statusFor('localhost:8443', 'https://localhost:8443'), 200);
    assert.equal(await statusFor('evil.example'), 403);
    assert.equal(await statusFor('asya.example', 'http://asya.example'), 403);
  });

  test('a request without TLS gets no answer', async (t) => {
    const { port } = await start(t, { tls });
    assert.equal(await sendRaw(port, 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'), '');
  });
});

describe('behind a proxy', () => {
  type Headers = Readonly<Record<string, string>>;
  const startBehindProxy = async (t: TestContext, origin?: URL) => {
    const { send } = await start(t, { isBehindProxy: true, ...(origin && { origin }) });
    return async (headers: Headers) => (await send('/api/hello', { headers })).status;
  };

  test('--origin is the host and the origin of all requests', async (t) => {
    const statusFor = await startBehindProxy(t, new URL('https://asya.example/'));
    const host = 'asya.example';
    assert.equal(await statusFor({ host, origin: 'https://asya.example' }), 200);
    assert.equal(await statusFor({ host: 'ASYA.example:443' }), 200);
    for (const other of ['evil.example', 'asya.example:80', 'localhost', '127.0.0.1']) {
      assert.equal(await statusFor({ host: other }), 403, other);
    }
    for (const origin of [
      'https://evil.example',
      'http://asya.example',
      'https://asya.example:1',
    ]) {
      assert.equal(await statusFor({ host, origin }), 403, origin);
    }
  });

  test('without --origin, the origin must have the host that the proxy passes', async (t) => {
    const statusFor = await startBehindProxy(t);
    const origin = 'https://asya.example';
    assert.equal(await statusFor({ host: 'asya.example', origin }), 200);
    assert.equal(await statusFor({ host: 'asya.example:443', origin }), 200);
    assert.equal(await statusFor({ host: 'localhost:8090', origin: 'http://localhost:8090' }), 200);
    assert.equal(await statusFor({ host: 'other.example', origin }), 403);
    assert.equal(await statusFor({ host: 'asya.example', origin: 'http://asya.example' }), 403);
    assert.equal(await statusFor({ host: 'other.example', origin: 'null' }), 403);
  });

  test('X-Forwarded-Host does not count', async (t) => {
    const statusFor = await startBehindProxy(t);
    const origin = 'https://evil.example';
    assert.equal(await statusFor({ 'x-forwarded-host': 'evil.example', origin }), 403);
  });
});

test('each answer has the security headers', async (t) => {
  const { send } = await start(t);
  const answers = await Promise.all([
    send('/'),
    send('/api/hello'),
    send('/api/other'),
    send('/api/hello', { headers: { authorization: undefined } }),
    send('/', { headers: { host: 'evil.example' } }),
  ]);
  assert.deepEqual(
    answers.map(({ status }) => status),
    [503, 200, 404, 401, 403],
  );
  for (const { headers } of answers) {
    const policy = String(headers['content-security-policy']);
    assert.match(policy, /^default-src 'none'; script-src 'self'; style-src 'self'; /);
    assert.match(policy, /base-uri 'none'; form-action 'none'; frame-ancestors 'none'$/);
    assert.doesNotMatch(policy, /unsafe|\*/);
    assert.equal(headers['x-content-type-options'], 'nosniff');
    assert.equal(headers['referrer-policy'], 'no-referrer');
    assert.equal(headers['cross-origin-opener-policy'], 'same-origin');
    assert.equal(headers['cross-origin-resource-policy'], 'same-origin');
    assert.equal(headers['cache-control'], 'no-store');
    assert.equal(headers['set-cookie'], undefined);
    assert.equal(headers['access-control-allow-origin'], undefined);
  }
});

test('a client that sends no complete request is disconnected', async (t) => {
  const { port, send } = await start(t, {
    timeouts: { headersTimeout: 50, requestTimeout: 50, connectionsCheckingInterval: 10 },
  });
  const answer = await within(sendRaw(port, 'GET / HTTP/1.1\r\nHost: loc'), 'the end');
  assert.match(answer, /^HTTP\/1\.1 408 /);
  assert.equal((await send('/api/hello')).status, 200);
});

async function sendRaw(port: number, bytes: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  await once(socket, 'connect');
  socket.write(bytes);
  return within(text(socket), 'the end of the connection');
}
