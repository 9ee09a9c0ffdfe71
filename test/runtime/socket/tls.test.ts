import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type ServerOptions } from 'node:https';
import { connect } from 'node:net';
import { test, type TestContext } from 'node:test';
import { createConnectionPool } from '../../../src/runtime/connection/pool.ts';
import { createHttpConnection } from '../../../src/runtime/http/http.ts';
import { connectTo } from '../../../src/runtime/socket/connect.ts';
import type { Endpoint, TlsFiles } from '../../../src/runtime/socket/endpoint.ts';
import type { Reply } from '../../../src/runtime/runtime.ts';
import { createAuthority, createCertificate } from '../../kit/brokers/certificates.ts';
import { tcpEndpoint } from '../../kit/runtimes/endpoints.ts';
import { payloadsOf } from '../../kit/runtimes/replies.ts';
import { callWith, request } from '../../kit/runtimes/request.ts';
import { openRawTcpServer, openTcpServer, type TcpServer } from '../../kit/runtimes/tcpServer.ts';
import { ENCRYPTED_RECORD, forEachTlsRecord } from '../../kit/runtimes/tlsRecords.ts';

const AUTHORITY = createAuthority('test CA');
const OTHER_AUTHORITY = createAuthority('other CA');
const SERVER = createCertificate('localhost', AUTHORITY);
const CLIENT = createCertificate('client', AUTHORITY);
const FOREIGN_CLIENT = createCertificate('client', OTHER_AUTHORITY);
const TRUST: TlsFiles = { ca: AUTHORITY.cert };

function openHttpsServer(t: TestContext, options: ServerOptions = {}): Promise<TcpServer> {
  const { cert, key } = SERVER;
  return openTcpServer(t, () =>
    createServer({ cert, key, ...options }, (_, response) => response.end('1')),
  );
}

/** An endpoint with TLS. `files` is read at each connect. */
function tlsEndpoint({ port }: TcpServer, files: () => TlsFiles, tlsName = 'localhost'): Endpoint {
  return { ...tcpEndpoint(port, { tlsName }), readFiles: () => ({ tls: files(), headers: [] }) };
}

/** The reason why a connect fails. */
async function absenceOf(endpoint: Endpoint): Promise<string> {
  const connected = await connectTo(endpoint, 2_000);
  if ('absent' in connected) return connected.absent;
  connected.socket.destroy();
  return 'connected';
}

function withChangedLastByte(record: Buffer): Buffer {
  const last = record.length - 1;
  return Buffer.concat([record.subarray(0, last), Buffer.of(record.readUInt8(last) ^ 1)]);
}

function openClient(t: TestContext, endpoint: Endpoint): () => Promise<Reply> {
  const pool = createConnectionPool({
    endpoint,
    createConnection: (socket, events) =>
      createHttpConnection(socket, events, { maxReplyBytes: 1_000, maxNesting: 10 }),
    onAbsent() {},
    onUnexpectedData() {},
  });
  t.after(() => pool.close());
  return () => callWith(pool, request());
}

for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
  test(`calls use one kept connection with ${maxVersion}`, async (t) => {
    const server = await openHttpsServer(t, { maxVersion });
    const ask = openClient(
      t,
      tlsEndpoint(server, () => TRUST),
    );
    assert.deepEqual(payloadsOf(await ask()), ['1']);
    assert.deepEqual(payloadsOf(await ask()), ['1']);
    assert.equal(server.sockets.length, 1);
  });

  test(`a required client certificate that is missing makes the runtime absent with ${maxVersion}`, async (t) => {
    const { cert: ca } = AUTHORITY;
    const server = await openHttpsServer(t, { maxVersion, ca, requestCert: true });
    const missing = await openClient(
      t,
      tlsEndpoint(server, () => TRUST),
    )();
    assert.equal(missing.kind, 'absent');
    assert.match(
      missing.kind === 'absent' ? missing.reason : '',
      /refused the TLS connection \(alert: .*\); ASYA_RUNTIME_CERT_FILE and ASYA_RUNTIME_KEY_FILE set the client certificate$/,
    );
  });
}

test('a server that closes because of the client certificate makes the runtime absent', async (t) => {
  const server = await openHttpsServer(t, { ca: AUTHORITY.cert, requestCert: true });
  const { cert, key } = FOREIGN_CLIENT;
  const ask = openClient(
    t,
    tlsEndpoint(server, () => ({ ...TRUST, cert, key })),
  );
  const reason = `127.0.0.1:${server.port} closed the connection during the TLS handshake; it may not speak TLS, or refuse the client certificate`;
  assert.deepEqual(await ask(), { kind: 'absent', reason });
});

test('a client certificate that the server trusts is accepted, and is read at each connect', async (t) => {
  const server = await openHttpsServer(t, { ca: AUTHORITY.cert, requestCert: true });
  let files = TRUST;
  const ask = openClient(
    t,
    tlsEndpoint(server, () => files),
  );
  assert.equal((await ask()).kind, 'absent');
  files = { ...TRUST, cert: CLIENT.cert, key: CLIENT.key };
  assert.deepEqual(payloadsOf(await ask()), ['1']);
});

test('a call finds a connection that the server closed while it was idle, and uses a new one', async (t) => {
  const server = await openHttpsServer(t);
  const ask = openClient(
    t,
    tlsEndpoint(server, () => TRUST),
  );
  await ask();
  await ask();
  for (let round = 0; round < 10; round++) {
    const socket = server.sockets.at(-1) ?? assert.fail();
    const closed = once(socket, 'close');
    socket.destroy();
    await closed;
    assert.deepEqual(payloadsOf(await ask()), ['1'], `round ${round}`);
  }
});

test('files that cannot be read make the runtime absent with the reason', async (t) => {
  const server = await openHttpsServer(t);
  const reason = 'ASYA_RUNTIME_CA_FILE: the file cannot be read (ENOENT)';
  const endpoint = tlsEndpoint(server, () => {
    throw new Error(reason);
  });
  assert.deepEqual(await openClient(t, endpoint)(), { kind: 'absent', reason });
});

test('an alert that arrives after the request makes the runtime absent, without a repetition', async (t) => {
  const server = await openHttpsServer(t);
  let requests = 0;
  // The second encrypted record of the client is the request; the first ends the handshake. A
  // changed byte makes the server send an alert.
  const proxy = await openRawTcpServer(t, (client) => {
    const upstream = connect(server.port, '127.0.0.1');
    upstream.on('error', () => client.destroy()).pipe(client);
    let encrypted = 0;
    forEachTlsRecord(client, (record) => {
      const isRequest = record[0] === ENCRYPTED_RECORD && ++encrypted === 2;
      if (isRequest) requests++;
      upstream.write(isRequest ? withChangedLastByte(record) : record);
    });
  });
  const reply = await openClient(
    t,
    tlsEndpoint(proxy, () => TRUST),
  )();
  assert.equal(reply.kind, 'absent', JSON.stringify(reply));
  assert.match(
    reply.kind === 'absent' ? reply.reason : '',
    /^127\.0\.0\.1:\d+ refused the TLS connection \(alert: bad record mac\)$/,
  );
  assert.equal(requests, 1);
});

test('a certificate that is not trusted, expired or of another name is named with its variable', async (t) => {
  const expired = createCertificate('localhost', AUTHORITY, '20200102');
  const trusted = await openHttpsServer(t);
  const old = await openHttpsServer(t, { cert: expired.cert, key: expired.key });
  const selfSigned = createAuthority('localhost');
  const own = await openHttpsServer(t, { cert: selfSigned.cert, key: selfSigned.key });
  const none = (): TlsFiles => ({});
  const trust = (): TlsFiles => TRUST;
  assert.equal(await absenceOf(tlsEndpoint(trusted, trust)), 'connected');
  assert.equal(
    await absenceOf(tlsEndpoint(trusted, none)),
    `the certificate of 127.0.0.1:${trusted.port} is not trusted (UNABLE_TO_VERIFY_LEAF_SIGNATURE); ASYA_RUNTIME_CA_FILE sets the trusted CA`,
  );
  assert.match(
    await absenceOf(tlsEndpoint(own, none)),
    /is not trusted \(DEPTH_ZERO_SELF_SIGNED_CERT\); ASYA_RUNTIME_CA_FILE sets the trusted CA$/,
  );
  assert.match(await absenceOf(tlsEndpoint(old, trust)), / has expired \(CERT_HAS_EXPIRED\)$/);
  assert.equal(
    await absenceOf(tlsEndpoint(trusted, trust, '127.0.0.1')),
    `the certificate of 127.0.0.1:${trusted.port} is not for 127.0.0.1 but for DNS:localhost; ASYA_RUNTIME_SERVER_NAME sets the expected name`,
  );
});

test('a server that does not speak TLS is named', async (t) => {
  const server = await openTcpServer(t, () => createHttpServer((_, response) => response.end()));
  assert.equal(
    await absenceOf(tlsEndpoint(server, () => TRUST)),
    `127.0.0.1:${server.port} does not speak TLS (ERR_SSL_WRONG_VERSION_NUMBER); ASYA_RUNTIME_URL should begin with http://`,
  );
});

test('a server that answers without TLS with an alert makes the runtime absent', async (t) => {
  const alert = Buffer.of(0x15, 0x03, 0x01, 0, 2, 2, 70);
  const server = await openRawTcpServer(t, (socket) =>
    socket.once('data', () => socket.end(alert)),
  );
  assert.deepEqual(await openClient(t, tcpEndpoint(server.port))(), {
    kind: 'absent',
    reason: `127.0.0.1:${server.port} expects TLS; ASYA_RUNTIME_URL should begin with https://`,
  });
});

test('a server that accepts and stays silent makes the connect end in time', async (t) => {
  const server = await openRawTcpServer(t, (socket) => socket.resume());
  const connected = await connectTo(
    tlsEndpoint(server, () => TRUST),
    100,
  );
  assert.ok('absent' in connected);
  assert.match(connected.absent, /^no connection to 127\.0\.0\.1:\d+ within 100 ms$/);
});
