import assert from 'node:assert/strict';
import { test } from 'node:test';
import { closedByClient, openRawHttpServer } from '../../kit/runtimes/rawHttpServer.ts';
import { faultMessageOf, payloadsOf } from '../../kit/runtimes/replies.ts';

interface Case {
  readonly name: string;
  /** The status line without its version, and the headers. */
  readonly head: string;
  /** Written after the head. The server neither ends the body nor closes the connection. */
  readonly start?: string;
  readonly problem: RegExp;
}

const CHUNKED = 'transfer-encoding: chunked';

const STREAMS = [
  'text/event-stream',
  'text/event-stream; charset=utf-8',
  'Text/Event-Stream',
  'application/x-ndjson',
  'application/ndjson',
  'application/jsonl',
  'application/stream+json;charset=UTF-8',
  'application/json-seq',
].map((type): Case => ({
  name: `a stream of ${type}`,
  head: `200 OK\r\ncontent-type: ${type}\r\n${CHUNKED}`,
  start: '10\r\ndata: {"n":2}\n\n',
  problem: /is a stream \((?:text|application)\/[a-z+-]+\).* "stream": false/,
}));

const CASES: readonly Case[] = [
  ...STREAMS,
  {
    name: 'a stream without a byte of content',
    head: '200 OK\r\ncontent-type: text/event-stream',
    problem: /"stream": false/,
  },
  {
    name: 'a stream that is declared as larger than any reply',
    head: '200 OK\r\ncontent-type: application/x-ndjson\r\ncontent-length: 99999999999',
    problem: /"stream": false/,
  },
  ...['gzip', 'br', 'GZIP', 'gzip, identity', 'zstd'].map((coding): Case => ({
    name: `a body with the content-encoding ${coding}`,
    head: `200 OK\r\ncontent-type: application/json\r\ncontent-encoding: ${coding}\r\n${CHUNKED}`,
    start: '3\r\n\x1f\x8b\x08',
    problem: new RegExp(`has the content-encoding "${coding.toLowerCase()}", .*accept-encoding`),
  })),
  {
    name: 'a redirect to another server',
    head: '308 Permanent Redirect\r\nlocation: https://u:p@models.example:8443/predict/?token=t#f\r\ncontent-length: 9',
    problem:
      /^the status 308 redirects to https:\/\/models\.example:8443\/predict\/; .* set ASYA_RUNTIME_URL/,
  },
  {
    name: 'a redirect to a path',
    head: '301 Moved\r\nlocation: /predict/?a=b',
    problem: /^the status 301 redirects to \/predict\/;/,
  },
  {
    name: 'a redirect to a script',
    head: '302 Found\r\nlocation: javascript:alert(1)',
    problem: /redirects to a location with the scheme javascript:;/,
  },
  {
    name: 'a redirect to a location that is not a URL',
    head: '302 Found\r\nlocation: http://[::',
    problem: /redirects to a location that is not a URL;/,
  },
  {
    name: 'a redirect to a long location',
    head: `307 Temporary Redirect\r\nlocation: http://a/${'x'.repeat(8_000)}`,
    problem: /redirects to http:\/\/a\/x{247};/,
  },
  {
    name: 'a redirect without a location',
    head: '300 Multiple Choices\r\ncontent-length: 5',
    problem: /^the status 300 is not a reply$/,
  },
  {
    name: 'a redirect with Retry-After',
    head: '302 Found\r\nlocation: /x\r\nretry-after: 5',
    problem: /^the status 302 redirects to \/x;/,
  },
  {
    name: 'a status over 599',
    head: '600 Much\r\ncontent-length: 5',
    problem: /^the status 600 is not a reply$/,
  },
];

for (const { name, head, start = '', problem } of CASES) {
  test(`${name} is an invalid reply, and its connection is closed without its end`, async (t) => {
    const server = await openRawHttpServer(t, (socket, call) => {
      if (call === 1) socket.write(`HTTP/1.1 ${head}\r\n\r\n${start}`, 'latin1');
      else socket.write('HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n2');
    });
    const reply = await server.ask();
    assert.match(faultMessageOf(reply, 'reply_invalid'), problem);
    assert.ok(!('lateCompletion' in reply));
    await closedByClient(server.sockets[0]);
    assert.deepEqual(payloadsOf(await server.ask()), ['2']);
  });
}

for (const headers of ['content-encoding: identity', 'content-encoding:', 'content-type: text/x']) {
  test(`a reply with "${headers}" is read`, async (t) => {
    const { ask } = await openRawHttpServer(t, (socket) => {
      socket.write(`HTTP/1.1 200 OK\r\n${headers}\r\ncontent-length: 1\r\n\r\n2`);
    });
    assert.deepEqual(payloadsOf(await ask()), ['2']);
  });
}

test('a request asks for a body without a content-encoding', async (t) => {
  const { ask, requests } = await openRawHttpServer(t, (socket) => {
    socket.write('HTTP/1.1 204 No Content\r\n\r\n');
  });
  await ask();
  assert.match(requests[0] ?? '', /\r\naccept-encoding: identity\r\n/);
});
