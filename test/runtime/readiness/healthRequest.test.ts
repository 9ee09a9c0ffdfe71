import assert from 'node:assert/strict';
import { createServer, type IncomingHttpHeaders, type RequestListener } from 'node:http';
import { test, type TestContext } from 'node:test';
import { pino } from 'pino';
import {
  openReadinessProbe,
  type ReadinessProbe,
} from '../../../src/runtime/readiness/readinessProbe.ts';
import type { RuntimeState } from '../../../src/runtime/runtime.ts';
import type { Endpoint } from '../../../src/runtime/socket/endpoint.ts';
import { until } from '../../kit/processes/until.ts';
import { tcpEndpoint, unixEndpoint } from '../../kit/runtimes/endpoints.ts';
import { openSocketServer } from '../../kit/runtimes/socketServer.ts';
import { openRawTcpServer, openTcpServer, type TcpServer } from '../../kit/runtimes/tcpServer.ts';

interface Probed {
  readonly probe: ReadinessProbe;
  readonly states: readonly RuntimeState[];
}

function openProbe(t: TestContext, endpoint: Endpoint, intervalMs = 60_000): Probed {
  const states: RuntimeState[] = [];
  const probe = openReadinessProbe({
    endpoint,
    health: { path: '/health?a=b', host: 'model:80' },
    readyTimeoutMs: 60_000,
    intervalMs,
    isQuiet: () => false,
    onState: (state) => states.push(state),
    log: pino({ level: 'silent' }),
  });
  t.after(() => probe.close());
  return { probe, states };
}

function openHealthServer(t: TestContext, listener: RequestListener): Promise<TcpServer> {
  return openTcpServer(t, () => createServer(listener));
}

function reasonOf(states: readonly RuntimeState[]): string {
  const state = states.at(-1);
  return state === undefined || state.ready ? 'ready' : state.reason;
}

test('a status 2xx means ready, and any other status is the reason why not', async (t) => {
  let status = 200;
  const server = await openHealthServer(t, (_, response) => response.writeHead(status).end());
  const { probe, states } = openProbe(t, tcpEndpoint(server.port));
  for (status of [200, 204, 299]) {
    await probe.check();
    assert.equal(reasonOf(states), 'ready', String(status));
  }
  for (status of [302, 404, 500, 503]) {
    await probe.check();
    assert.equal(
      reasonOf(states),
      `GET /health?a=b on 127.0.0.1:${server.port} answers with the status ${status}`,
    );
  }
  status = 200;
  await probe.check();
  assert.equal(reasonOf(states), 'ready');
});

test('each request has a connection of its own, the host and the headers of the file', async (t) => {
  const requests: [string | undefined, IncomingHttpHeaders][] = [];
  const server = await openHealthServer(t, ({ url, headers }, response) => {
    requests.push([url, headers]);
    response.end();
  });
  const headers = [['authorization', 'Bearer a'] as const];
  const endpoint = { ...tcpEndpoint(server.port), readFiles: () => ({ tls: {}, headers }) };
  const { probe } = openProbe(t, endpoint);
  await probe.check();
  await probe.check();
  assert.equal(server.sockets.length, 2);
  const [[url, sent] = assert.fail()] = requests;
  assert.equal(url, '/health?a=b');
  assert.deepEqual([sent.host, sent.authorization], ['model:80', 'Bearer a']);
});

test('the requests continue while calls run', async (t) => {
  let isHealthy = true;
  const server = await openHealthServer(t, (_, response) =>
    response.writeHead(isHealthy ? 200 : 500).end(),
  );
  const { states } = openProbe(t, tcpEndpoint(server.port), 5);
  await until(() => reasonOf(states) === 'ready' && states.length > 0, 'a ready runtime');
  isHealthy = false;
  await until(() => reasonOf(states) !== 'ready', 'a runtime that is not ready');
  isHealthy = true;
  await until(() => reasonOf(states) === 'ready', 'a ready runtime');
});

test('a request without an answer within two seconds is a problem', async (t) => {
  const server = await openRawTcpServer(t, (socket) => socket.resume());
  const { probe, states } = openProbe(t, tcpEndpoint(server.port));
  await probe.check();
  assert.equal(
    reasonOf(states),
    `GET /health?a=b on 127.0.0.1:${server.port} has no answer within 2 s`,
  );
});

test('a connection that ends before the answer, or an answer that is not HTTP, is a problem', async (t) => {
  const ends = await openRawTcpServer(t, (socket) => socket.once('data', () => socket.end()));
  const first = openProbe(t, tcpEndpoint(ends.port));
  await first.probe.check();
  assert.match(
    reasonOf(first.states),
    /^GET \/health\?a=b on .* fails: socket hang up; does it expect TLS \(https:\/\/ in ASYA_RUNTIME_URL\)\?$/,
  );
  const other = await openRawTcpServer(t, (socket) =>
    socket.once('data', () => socket.end('no\n')),
  );
  const second = openProbe(t, tcpEndpoint(other.port));
  await second.probe.check();
  assert.match(reasonOf(second.states), /^GET \/health\?a=b on .* fails: Parse Error/);
});

test('a stopped server is a problem of the connection', async (t) => {
  const server = await openHealthServer(t, (_, response) => response.end());
  await server.stop();
  const { probe, states } = openProbe(t, tcpEndpoint(server.port));
  await probe.check();
  assert.equal(reasonOf(states), `nothing listens on 127.0.0.1:${server.port} (ECONNREFUSED)`);
});

test('a health request on a Unix socket decides instead of the ready file', async (t) => {
  const { socketPath } = await openSocketServer(t, (socket) =>
    socket.once('data', () => socket.end('HTTP/1.1 500 no\r\ncontent-length: 0\r\n\r\n')),
  );
  const { probe, states } = openProbe(t, unixEndpoint(socketPath));
  await probe.check();
  assert.equal(reasonOf(states), `GET /health?a=b on ${socketPath} answers with the status 500`);
});
