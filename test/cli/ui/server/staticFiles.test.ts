import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test, type TestContext } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { buffer } from 'node:stream/consumers';
import { startUiServer, type UiServerRig } from '../../../kit/ui/uiServer.ts';

const SCRIPT = 'console.log("é");\n'.repeat(100);

/** Serves a folder next to a file that must stay secret. */
async function start(t: TestContext): Promise<UiServerRig> {
  const parent = mkdtempSync(join(tmpdir(), 'asya-ui-'));
  t.after(() => rmSync(parent, { recursive: true }));
  const folder = join(parent, 'ui');
  mkdirSync(join(folder, 'fonts'), { recursive: true });
  writeFileSync(join(parent, 'secret.txt'), 'secret');
  writeFileSync(join(folder, 'index.html'), '<!doctype html>');
  writeFileSync(join(folder, 'app-7Q2XJ4ZK.js'), SCRIPT);
  writeFileSync(join(folder, 'app-7Q2XJ4ZK.css'), 'a{}');
  writeFileSync(join(folder, 'icon.svg'), '<svg/>');
  writeFileSync(join(folder, 'fonts', 'text-AAAAAAAA.woff2'), 'font');
  return startUiServer(t, { folder });
}

test('the files of the page have their types, and names with a hash are cached', async (t) => {
  const { send } = await start(t);
  const cached = 'public, max-age=31536000, immutable';
  for (const [path, type, cacheControl] of [
    ['/', 'text/html; charset=utf-8', 'no-store'],
    ['/app-7Q2XJ4ZK.js', 'text/javascript; charset=utf-8', cached],
    ['/app-7Q2XJ4ZK.css?x=1', 'text/css; charset=utf-8', cached],
    ['/icon.svg', 'image/svg+xml', 'no-store'],
    ['/fonts/text-AAAAAAAA.woff2', 'font/woff2', cached],
  ] as const) {
    const { status, headers } = await send(path, { headers: { authorization: undefined } });
    assert.equal(status, 200, path);
    assert.equal(headers['content-type'], type);
    assert.equal(headers['cache-control'], cacheControl);
  }
});

test('a script is compressed for a client that accepts it', async (t) => {
  const { open, send } = await start(t);
  const path = '/app-7Q2XJ4ZK.js';
  const plain = await send(path);
  assert.deepEqual([plain.body, plain.headers['content-encoding']], [SCRIPT, undefined]);
  assert.equal(plain.headers.vary, 'accept-encoding');
  const response = await open(path, { headers: { 'accept-encoding': 'br, gzip;q=0.8' } });
  assert.equal(response.headers['content-encoding'], 'gzip');
  const compressed = await buffer(response);
  assert.equal(gunzipSync(compressed).toString(), SCRIPT);
  assert.ok(compressed.length < SCRIPT.length / 5);
  const refused = await send(path, { headers: { 'accept-encoding': 'gzip;q=0' } });
  assert.equal(refused.body, SCRIPT);
});

test('only files of the page can be read', async (t) => {
  const { port, send } = await start(t);
  for (const path of [
    '/../secret.txt',
    '/%2e%2e/secret.txt',
    '/..%2fsecret.txt',
    '/fonts/../../secret.txt',
    '//secret.txt',
    '/secret.txt',
    '/index.html/',
    '/__proto__',
    '/fonts',
  ]) {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
    assert.match(await text(socket), /^HTTP\/1\.1 404 /, path);
  }
  assert.equal((await send('/', { method: 'POST', body: '{}' })).headers.allow, 'GET, HEAD');
  const head = await send('/', { method: 'HEAD' });
  assert.deepEqual([head.status, head.headers['content-length'], head.body], [200, '15', '']);
});

test('a page that is not built is a line with the command that builds it', async (t) => {
  const { send } = await startUiServer(t);
  const { status, headers, body } = await send('/');
  assert.equal(status, 503);
  assert.equal(headers['content-type'], 'text/plain; charset=utf-8');
  assert.match(body, /^The page is not built\. Run "npm run build"/);
});
