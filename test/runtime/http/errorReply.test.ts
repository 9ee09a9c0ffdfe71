import assert from 'node:assert/strict';
import { test } from 'node:test';
import { closedByClient, openRawHttpServer } from '../../kit/runtimes/rawHttpServer.ts';
import { payloadsOf } from '../../kit/runtimes/replies.ts';

interface Case {
  /** The status line without its version. */
  readonly status: string;
  readonly headers?: string;
  readonly body?: string;
  /** The kind of the reply and the code of its fault. */
  readonly expected: string;
  readonly message: RegExp;
}

const GATEWAYS: readonly Case[] = [
  {
    status: '502 Bad Gateway',
    body: 'upstream connect error',
    expected: 'failed runtime_crashed',
    message: /^HTTP 502: upstream connect error$/,
  },
  {
    status: '502 Bad Gateway',
    expected: 'failed runtime_crashed',
    message: /^HTTP 502: Bad Gateway$/,
  },
  {
    status: '504 Gateway Timeout',
    body: 'upstream request timeout',
    expected: 'failed runtime_timeout',
    message: /^HTTP 504: upstream request timeout$/,
  },
  ...['502 Bad Gateway', '504 Gateway Timeout'].map((status): Case => ({
    status,
    headers: 'retry-after: 3\r\n',
    expected: 'deferred runtime_error',
    message: /^(?:Bad Gateway|Gateway Timeout)$/,
  })),
  ...['502 Bad Gateway', '504 Gateway Timeout', '503 Service Unavailable'].map((status): Case => ({
    status,
    body: '{"error":"no_model","message":"not loaded","retryable":true}',
    expected: status.startsWith('503') ? 'deferred runtime_error' : 'failed runtime_error',
    message: /^not loaded$/,
  })),
];

for (const { status, headers = '', body = '', expected, message } of GATEWAYS) {
  const name = `${status}${headers === '' ? '' : ' with Retry-After'} and the body "${body}"`;
  test(`${name} is ${expected}, without a running call`, async (t) => {
    const { ask, sockets } = await openRawHttpServer(t, (socket) => {
      const length = `content-length: ${body.length}\r\n`;
      socket.write(`HTTP/1.1 ${status}\r\n${headers}${length}\r\n${body}`);
    });
    const reply = await ask();
    assert.ok(reply.kind === 'failed' || reply.kind === 'deferred');
    assert.equal(`${reply.kind} ${reply.fault.code}`, expected);
    assert.match(reply.fault.message, message);
    assert.ok(!('lateCompletion' in reply));
    await ask();
    assert.equal(sockets.length, 1);
  });
}

const ENCODED: readonly Case[] = [
  {
    status: '500 Internal Server Error',
    expected: 'failed runtime_error',
    message: /^Internal Server Error \(the body is not read: its content-encoding is "gzip"\)$/,
  },
  { status: '503 Busy', expected: 'deferred runtime_error', message: /^Service Unavailable \(/ },
  { status: '502 Bad', expected: 'failed runtime_crashed', message: /^HTTP 502: Bad Gateway \(/ },
];

for (const { status, expected, message } of ENCODED) {
  test(`the status decides if the body of a ${status} is encoded and never ends`, async (t) => {
    const { ask, sockets } = await openRawHttpServer(t, (socket) => {
      const headers = 'content-encoding: gzip\r\ntransfer-encoding: chunked';
      socket.write(`HTTP/1.1 ${status}\r\n${headers}\r\n\r\n1\r\nx`);
    });
    const reply = await ask();
    assert.ok(reply.kind === 'failed' || reply.kind === 'deferred');
    assert.equal(`${reply.kind} ${reply.fault.code}`, expected);
    assert.match(reply.fault.message, message);
    await closedByClient(sockets[0]);
  });
}

for (const [type, event, message] of [
  ['text/event-stream', 'data: {"error":"full","message":"no GPU"}\r\n\r\n', /^no GPU$/],
  ['text/event-stream', ': ping\n\n', /^Internal Server Error$/],
  ['application/x-ndjson', '{"error":"full","message":"no GPU"}\n', /^no GPU$/],
  ['application/x-ndjson', 'x'.repeat(65_537), /^x{4096}$/],
] as const) {
  const start = JSON.stringify(event.slice(0, 20));
  test(`an error with a ${type} that begins with ${start} ends after its first event`, async (t) => {
    const { ask, sockets } = await openRawHttpServer(t, (socket, call) => {
      const size = event.length.toString(16);
      const headers = `content-type: ${type}\r\ntransfer-encoding: chunked`;
      if (call > 1) socket.write('HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n2');
      else socket.write(`HTTP/1.1 500 Oh\r\n${headers}\r\n\r\n${size}\r\n${event}\r\n`);
    });
    const reply = await ask();
    assert.ok(reply.kind === 'failed' && reply.fault.code === 'runtime_error');
    assert.match(reply.fault.message, message);
    await closedByClient(sockets[0]);
    assert.deepEqual(payloadsOf(await ask()), ['2']);
  });
}
