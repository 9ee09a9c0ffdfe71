import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { createAuthority, createCertificate } from '../../kit/brokers/certificates.ts';
import { checkConnect } from '../../kit/processes/checkResults.ts';
import { freePorts } from '../../kit/processes/ports.ts';
import { openTcpServer } from '../../kit/runtimes/tcpServer.ts';

const HTTP = { ASYA_TRANSPORT: 'memory', ASYA_RUNTIME_PROTOCOL: 'http' };
const ONLY_RUNTIME = ['--skip', 'broker', '--skip', 'collector'];
const WITH_CALL = [...ONLY_RUNTIME, '--payload', '{"n":1}'];

/** Answers POST /predict with its path, and GET /health with 204. */
const LISTENER: RequestListener = ({ url, method, headers }, response) => {
  if (method === 'GET') response.writeHead(url === '/health' ? 204 : 404).end();
  else response.end(JSON.stringify([url, headers['authorization']]));
};

async function fileWith(t: TestContext, content: string | Buffer): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'asya-check-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  const path = join(directory, 'file');
  await writeFile(path, content);
  return path;
}

test('a runtime at a URL is checked with its health path and one call', async (t) => {
  const { port } = await openTcpServer(t, () => createServer(LISTENER));
  const environment = {
    ...HTTP,
    ASYA_RUNTIME_URL: `http://127.0.0.1:${port}/predict?key=s3cret`,
    ASYA_RUNTIME_HEADERS_FILE: await fileWith(t, 'Authorization: Bearer a\n'),
    ASYA_RUNTIME_HEALTH_PATH: '/health',
  };
  const { code, results } = await checkConnect(environment, WITH_CALL);
  assert.equal(code, 0);
  const url = `http://127.0.0.1:${port}/predict?***`;
  assert.deepEqual(Object.fromEntries(results), {
    configuration: { result: 'ok', detail: 'valid' },
    'runtime URL': { result: 'ok', detail: url },
    'runtime health': { result: 'ok', detail: 'GET /health' },
    'runtime call': { result: 'ok', detail: '2 items, the first: "/predict?key=s3cret"' },
  });
});

test('a wrong health path and a port on which no process listens are failures', async (t) => {
  const { port } = await openTcpServer(t, () => createServer(LISTENER));
  const url = `http://127.0.0.1:${port}/predict`;
  const wrong = { ...HTTP, ASYA_RUNTIME_URL: url, ASYA_RUNTIME_HEALTH_PATH: '/healthz' };
  const { code, results } = await checkConnect(wrong, ONLY_RUNTIME);
  assert.deepEqual([code, results.get('runtime URL')?.result], [1, 'ok']);
  assert.deepEqual(results.get('runtime health'), {
    result: 'failed',
    detail: `GET /healthz on 127.0.0.1:${port} answers with the status 404`,
  });

  const [free = 0] = await freePorts(1);
  const down = { ...HTTP, ASYA_RUNTIME_URL: `http://127.0.0.1:${free}/` };
  const absent = await checkConnect(down, WITH_CALL);
  const failed = {
    result: 'failed',
    detail: `nothing listens on 127.0.0.1:${free} (ECONNREFUSED)`,
  };
  assert.deepEqual(absent.results.get('runtime URL'), failed);
  assert.deepEqual(absent.results.get('runtime call'), failed);
});

test('the version of TLS and the end of the certificate are shown', async (t) => {
  const authority = createAuthority('ca');
  const { cert, key } = createCertificate('model.example', authority, '20980102');
  const { port } = await openTcpServer(t, () => createHttpsServer({ cert, key }, LISTENER));
  const url = `https://127.0.0.1:${port}/`;
  const environment = {
    ...HTTP,
    ASYA_RUNTIME_URL: url,
    ASYA_RUNTIME_CA_FILE: await fileWith(t, authority.cert),
    ASYA_RUNTIME_SERVER_NAME: 'model.example',
  };
  const { code, results } = await checkConnect(environment, ONLY_RUNTIME);
  assert.equal(code, 0);
  assert.deepEqual(results.get('runtime URL'), {
    result: 'ok',
    detail: `${url}; TLSv1.3, certificate valid until 2098-01-02`,
  });
});
