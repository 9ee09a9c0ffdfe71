import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { readConfig } from '../../../src/config/config.ts';
import { problemsOf, REQUIRED } from '../../kit/rigs/readEnvironment.ts';
import { describeValues } from '../../../src/config/table.ts';
import { createAuthority, createCertificate } from '../../kit/brokers/certificates.ts';

const HTTP = { ASYA_RUNTIME_PROTOCOL: 'http' };
const URL = { ...HTTP, ASYA_RUNTIME_URL: 'https://model/predict?key=s3cret' };

/** Writes a file; returns its path and a function that replaces its content. */
function fileWith(
  t: TestContext,
  content: string | Buffer,
): { readonly path: string; readonly write: (content: string | Buffer) => void } {
  const directory = mkdtempSync(join(tmpdir(), 'asya-config-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const path = join(directory, 'file');
  const write = (next: string | Buffer): void => writeFileSync(path, next);
  write(content);
  return { path, write };
}

test('the URL replaces the socket, and its parts become the requests', () => {
  const { runtime } = readConfig({ ...REQUIRED, ...URL }).config;
  const { address, url } = runtime.endpoint;
  assert.deepEqual(address, { transport: 'tcp', host: 'model', port: 443, tlsName: 'model' });
  assert.equal(url, 'https://model/predict?***');
  assert.deepEqual(runtime.http, {
    target: '/predict?key=s3cret',
    host: 'model',
    healthPath: null,
  });
});

test('the server name replaces the host in the check of the certificate', () => {
  const named = { ...URL, ASYA_RUNTIME_SERVER_NAME: 'other' };
  const { address } = readConfig({ ...REQUIRED, ...named }).config.runtime.endpoint;
  assert.equal(address.transport === 'tcp' && address.tlsName, 'other');
});

test('the URL, the headers file and the health path require the protocol http', (t) => {
  const { path } = fileWith(t, 'X: 1');
  const variables = {
    ASYA_RUNTIME_URL: 'http://model/',
    ASYA_RUNTIME_HEADERS_FILE: path,
    ASYA_RUNTIME_HEALTH_PATH: '/health',
  };
  for (const [name, value] of Object.entries(variables)) {
    assert.deepEqual(problemsOf({ [name]: value }), [
      `${name} requires ASYA_RUNTIME_PROTOCOL=http: the protocol is payload, the default`,
    ]);
    assert.deepEqual(problemsOf({ [name]: value, ASYA_RUNTIME_PROTOCOL: 'envelope' }), [
      `${name} requires ASYA_RUNTIME_PROTOCOL=http: the protocol is envelope`,
    ]);
    assert.deepEqual(problemsOf({ ...HTTP, [name]: value }), []);
  }
});

test('the URL and the socket directory cannot be set together', () => {
  assert.deepEqual(problemsOf({ ...URL, ASYA_SOCKET_DIR: '/var/run/asya' }), [
    'ASYA_RUNTIME_URL and ASYA_SOCKET_DIR must not be set together',
  ]);
});

test('an invalid URL is reported with the rule, and without its value', () => {
  const url = 'http://user:s3cret@model/';
  assert.deepEqual(problemsOf({ ...HTTP, ASYA_RUNTIME_URL: url }), [
    'ASYA_RUNTIME_URL: must be a URL like http://127.0.0.1:8000/predict, https://host/predict or unix:/run/model.sock: it has credentials; set an Authorization header in the file of ASYA_RUNTIME_HEADERS_FILE instead',
  ]);
});

test('the variables of TLS require an https URL', (t) => {
  const { path } = fileWith(t, createAuthority('ca').cert);
  const requiresTls = 'requires TLS: ASYA_RUNTIME_URL must begin with https://';
  for (const environment of [HTTP, { ...HTTP, ASYA_RUNTIME_URL: 'http://model/' }]) {
    assert.deepEqual(problemsOf({ ...environment, ASYA_RUNTIME_CA_FILE: path }), [
      `ASYA_RUNTIME_CA_FILE ${requiresTls}`,
    ]);
    assert.deepEqual(problemsOf({ ...environment, ASYA_RUNTIME_SERVER_NAME: 'model' }), [
      `ASYA_RUNTIME_SERVER_NAME ${requiresTls}`,
    ]);
  }
});

test('the certificate and the key are set together', (t) => {
  const { path } = fileWith(t, createAuthority('ca').cert);
  assert.deepEqual(problemsOf({ ...URL, ASYA_RUNTIME_CERT_FILE: path }), [
    'ASYA_RUNTIME_CERT_FILE and ASYA_RUNTIME_KEY_FILE must be set together',
  ]);
});

test('a file that is unreadable or has the wrong content is named, and not shown', (t) => {
  const [first, second] = [createAuthority('a'), createAuthority('b')];
  const cert = fileWith(t, first.cert).path;
  const key = fileWith(t, second.key).path;
  const wrong = fileWith(t, 's3cret').path;
  const cases = [
    [
      { ASYA_RUNTIME_HEADERS_FILE: '/none/s3cret' },
      'ASYA_RUNTIME_HEADERS_FILE: the file cannot be read (ENOENT)',
    ],
    [
      { ASYA_RUNTIME_HEADERS_FILE: wrong },
      'ASYA_RUNTIME_HEADERS_FILE: line 1 is not "Name: value" in ASCII',
    ],
    [{ ASYA_RUNTIME_CA_FILE: wrong }, 'ASYA_RUNTIME_CA_FILE: the file is not a certificate in PEM'],
    [
      { ASYA_RUNTIME_CERT_FILE: cert, ASYA_RUNTIME_KEY_FILE: wrong },
      'ASYA_RUNTIME_KEY_FILE: the file is not an unencrypted private key in PEM',
    ],
    [
      { ASYA_RUNTIME_CERT_FILE: cert, ASYA_RUNTIME_KEY_FILE: key },
      'ASYA_RUNTIME_KEY_FILE: not the key of ASYA_RUNTIME_CERT_FILE',
    ],
  ] as const;
  for (const [environment, problem] of cases) {
    assert.deepEqual(problemsOf({ ...URL, ...environment }), [problem]);
  }
});

test('the files are read again at each call of readFiles', (t) => {
  const authority = createAuthority('ca');
  const { cert, key } = createCertificate('client', authority);
  const headers = fileWith(t, 'Authorization: Bearer a\n');
  const { config } = readConfig({
    ...REQUIRED,
    ...URL,
    ASYA_RUNTIME_HEADERS_FILE: headers.path,
    ASYA_RUNTIME_CA_FILE: fileWith(t, authority.cert).path,
    ASYA_RUNTIME_CERT_FILE: fileWith(t, cert).path,
    ASYA_RUNTIME_KEY_FILE: fileWith(t, key).path,
  });
  const { readFiles } = config.runtime.endpoint;
  assert.deepEqual(readFiles(), {
    tls: { ca: authority.cert, cert, key },
    headers: [['authorization', 'Bearer a']],
  });
  headers.write('Authorization: Bearer b\n');
  assert.deepEqual(readFiles().headers, [['authorization', 'Bearer b']]);
  headers.write('');
  assert.throws(readFiles, /^FileError: ASYA_RUNTIME_HEADERS_FILE: the file has no header$/);
});

test('a health path is a path of ASCII characters', () => {
  assert.deepEqual(problemsOf({ ...HTTP, ASYA_RUNTIME_HEALTH_PATH: '/v2/health/ready?a' }), []);
  for (const path of ['health', 'http://model/health', '/a b', '/a#b', '/ü']) {
    const [problem = ''] = problemsOf({ ...HTTP, ASYA_RUNTIME_HEALTH_PATH: path });
    assert.match(problem, /^ASYA_RUNTIME_HEALTH_PATH: must be a path .* begins with "\/"/, path);
  }
});

test('the printed URL has no query, and the socket directory is unused', () => {
  const lines = describeValues(readConfig({ ...REQUIRED, ...URL }).values).join('\n');
  assert.match(lines, /^ASYA_RUNTIME_URL=https:\/\/model\/predict\?\*\*\*$/m);
  assert.ok(!/s3cret|ASYA_SOCKET_DIR/.test(lines));
});
