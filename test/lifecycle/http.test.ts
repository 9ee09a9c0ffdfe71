import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import { test, type TestContext } from 'node:test';
import { Health } from '../../src/sidecar/health.ts';
import { openHttpServer, type HttpOptions, type HttpServer } from '../../src/lifecycle/http.ts';

interface Setup {
  readonly port: HttpServer;
  readonly health: Health;
  readonly url: (path: string) => string;
}

async function setup(t: TestContext, options: Partial<HttpOptions> = {}): Promise<Setup> {
  const health = new Health();
  const address = { host: '127.0.0.1', port: 0 };
  const port = await openHttpServer({
    address,
    health,
    metrics: undefined,
    hops: () => {},
    ...options,
  });
  t.after(() => port.close());
  return { port, health, url: (path) => `http://127.0.0.1:${port.port}${path}` };
}

function becomeReady(health: Health): void {
  health.transport = { connected: true, blocked: false, missing: [] };
  health.runtime = { ready: true };
}

test('/healthz and /health return 200 even if the sidecar is not ready', async (t) => {
  const { url } = await setup(t);
  for (const path of ['/healthz', '/health', '/healthz?verbose=1']) {
    assert.equal((await fetch(url(path))).status, 200, path);
  }
});

test('/readyz returns all problems that prevent readiness', async (t) => {
  const { url, health } = await setup(t);
  const unready = await fetch(url('/readyz'));
  assert.equal(unready.status, 503);
  assert.deepEqual(await unready.json(), {
    ready: false,
    problems: ['broker: not connected', 'runtime: not checked yet'],
  });

  becomeReady(health);
  const ready = await fetch(url('/readyz'));
  assert.equal(ready.status, 200);
  assert.equal(ready.headers.get('content-type'), 'application/json');
  assert.deepEqual(await ready.json(), { ready: true, problems: [] });

  health.draining = true;
  assert.equal((await fetch(url('/readyz'))).status, 503);
});

test('/readyz returns the reason why the broker is not connected', async (t) => {
  const { url, health } = await setup(t);
  const disconnect = {
    reason: 'ASYA_RABBITMQ_HOST: rabbit:5672: getaddrinfo ENOTFOUND rabbit',
    refused: false,
  };
  health.transport = { connected: false, blocked: false, missing: [], disconnect };
  const { problems } = (await (await fetch(url('/readyz'))).json()) as { problems: string[] };
  assert.equal(problems[0], `broker: not connected (${disconnect.reason})`);
});

test('/metrics is served by the given listener', async (t) => {
  const { url } = await setup(t, {
    metrics: (_, response) => response.writeHead(503).end('no SDK'),
  });
  const scrape = await fetch(url('/metrics'));
  assert.equal(scrape.status, 503);
  assert.equal(await scrape.text(), 'no SDK');
});

test('/metrics returns 404 if metrics are disabled', async (t) => {
  const { url } = await setup(t);
  const scrape = await fetch(url('/metrics'));
  assert.equal(scrape.status, 404);
  assert.equal(await scrape.text(), 'metrics are disabled\n');
});

test('/hops is served by the given listener if metrics are disabled', async (t) => {
  const { url } = await setup(t, { hops: (_, response) => response.end('{}\n') });
  assert.equal(await (await fetch(url('/hops'))).text(), '{}\n');
});

test('an unknown path returns 404', async (t) => {
  const { url } = await setup(t);
  assert.equal((await fetch(url('/'))).status, 404);
  assert.equal((await fetch(url('/metrics/x'))).status, 404);
});

test('a method other than GET and HEAD returns 405', async (t) => {
  const { url } = await setup(t);
  const answer = await fetch(url('/readyz'), { method: 'POST', body: '{}' });
  assert.equal(answer.status, 405);
  assert.equal(answer.headers.get('allow'), 'GET, HEAD');
});

test('HEAD returns no body', async (t) => {
  const { url } = await setup(t);
  const answer = await fetch(url('/healthz'), { method: 'HEAD' });
  assert.equal(answer.status, 200);
  assert.equal(await answer.text(), '');
});

test('a port in use is reported with its address', async (t) => {
  const { port } = await setup(t);
  await assert.rejects(
    openHttpServer({
      address: { host: '127.0.0.1', port: port.port },
      health: new Health(),
      metrics: undefined,
      hops: () => {},
    }),
    {
      message: new RegExp(
        `^ASYA_METRICS_ADDR: cannot listen on 127\\.0\\.0\\.1:${port.port}: .*EADDRINUSE`,
      ),
    },
  );
});

test('without a host, the server listens on every interface', async (t) => {
  const { url } = await setup(t, { address: { host: undefined, port: 0 } });
  assert.equal((await fetch(url('/healthz'))).status, 200);
});

test('close does not wait for open connections', async (t) => {
  const { port, url } = await setup(t, { metrics: () => {} });
  const idle = connect(port.port, '127.0.0.1');
  const scrape = request(url('/metrics'), { agent: false });
  scrape.end();
  await Promise.all([once(idle, 'connect'), once(scrape, 'finish')]);
  const ends = Promise.all([once(idle, 'close'), once(scrape, 'error')]);
  await port.close();
  await ends;
});
