import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { createConnectionPool } from '../../../src/runtime/connection/pool.ts';
import { createHttpConnection } from '../../../src/runtime/http/http.ts';
import { createHttpReader } from '../../../src/runtime/http/responseReader.ts';
import { runtimeCrashed } from '../../../src/runtime/reply/failedReply.ts';
import type { CallReply, Reply } from '../../../src/runtime/runtime.ts';
import { callOf, callWith, request } from '../../kit/runtimes/request.ts';
import { openSocketServer } from '../../kit/runtimes/socketServer.ts';
import { unixEndpoint } from '../../kit/runtimes/endpoints.ts';

interface Case {
  readonly name: string;
  /** The bytes that the runtime writes as its response. */
  readonly bytes: string;
  /** The runtime closes the connection after these bytes. */
  readonly closes?: boolean;
  /** Bytes follow the response. If they arrive in a later chunk, they belong to no call. */
  readonly hasStrayBytes?: boolean;
  /** The payload, `nothing` for an empty reply, or a fault code. */
  readonly expected: string;
}

const OK = 'HTTP/1.1 200 OK\r\n';
const COMPLETE = `${OK}content-length: 7\r\n\r\n{"n":2}`;
const CHUNKED = `${OK}transfer-encoding: chunked\r\n`;

const SKIPPED: readonly Case[] = [
  {
    name: 'an unexpected 100',
    bytes: `HTTP/1.1 100 Continue\r\n\r\n${COMPLETE}`,
    expected: '{"n":2}',
  },
  {
    name: 'many 100 responses',
    bytes: `${'HTTP/1.1 100 Continue\r\n\r\n'.repeat(50)}${COMPLETE}`,
    expected: '{"n":2}',
  },
  { name: 'a 102', bytes: `HTTP/1.1 102 Processing\r\n\r\n${COMPLETE}`, expected: '{"n":2}' },
  {
    name: 'a 103 with headers',
    bytes: `HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n${COMPLETE}`,
    expected: '{"n":2}',
  },
  {
    name: 'a 100 with a content-length',
    bytes: `HTTP/1.1 100 Continue\r\ncontent-length: 3\r\n\r\n${COMPLETE}`,
    expected: '{"n":2}',
  },
];

const UNUSUAL: readonly Case[] = [
  {
    name: 'two equal lengths',
    bytes: `${OK}content-length: 7\r\nContent-Length: 7\r\n\r\n{"n":2}`,
    expected: '{"n":2}',
  },
  {
    name: 'equal lengths in one header',
    bytes: `${OK}content-length: 7, 7\r\n\r\n{"n":2}`,
    expected: '{"n":2}',
  },
  {
    name: 'a folded header',
    bytes: `${OK}x-a: 1,\r\n  2\r\n\t3\r\ncontent-length: 7\r\n\r\n{"n":2}`,
    expected: '{"n":2}',
  },
  {
    name: 'a folded content-length',
    bytes: `${OK}content-length:\r\n 7\r\n\r\n{"n":2}`,
    expected: '{"n":2}',
  },
  {
    name: 'line feeds without carriage returns',
    bytes: 'HTTP/1.1 200 OK\ncontent-length: 7\n\n{"n":2}',
    expected: '{"n":2}',
  },
  {
    name: 'a status line without a reason phrase',
    bytes: 'HTTP/1.1 200\r\ncontent-length: 7\r\n\r\n{"n":2}',
    expected: '{"n":2}',
  },
  {
    name: 'non-ASCII text in a header',
    bytes: `${OK}x-a: \u00e9\r\ncontent-length: 7\r\n\r\n{"n":2}`,
    expected: '{"n":2}',
  },
  {
    name: 'a line end after the body',
    hasStrayBytes: true,
    bytes: `${COMPLETE}\r\n`,
    expected: '{"n":2}',
  },
  {
    name: 'chunks',
    bytes: `${CHUNKED}\r\n3\r\n{"n\r\n004\r\n":2}\r\n0\r\n\r\n`,
    expected: '{"n":2}',
  },
  {
    name: 'chunks with extensions and trailers',
    bytes: `${CHUNKED}\r\n7 ;a="b"\r\n{"n":2}\r\n0;c\r\nx-a: 1\r\nx-b: 2\r\n\r\n`,
    expected: '{"n":2}',
  },
  {
    name: 'a body that ends with its connection',
    bytes: `${OK}\r\n{"n":2}`,
    closes: true,
    expected: '{"n":2}',
  },
  { name: 'HTTP/1.0', bytes: 'HTTP/1.0 200 OK\r\n\r\n{"n":2}', closes: true, expected: '{"n":2}' },
  {
    name: 'an empty body of HTTP/1.0',
    bytes: 'HTTP/1.0 200 OK\r\n\r\n',
    closes: true,
    expected: 'nothing',
  },
  {
    name: 'an empty body with connection: close',
    bytes: `${OK}connection: close\r\n\r\n`,
    closes: true,
    expected: 'nothing',
  },
  { name: 'an empty body', bytes: `${OK}content-length: 0\r\n\r\n`, expected: 'nothing' },
  { name: 'a chunked body without content', bytes: `${CHUNKED}\r\n0\r\n\r\n`, expected: 'nothing' },
  {
    name: '205 without a length',
    bytes: 'HTTP/1.1 205 Reset Content\r\n\r\n',
    expected: 'nothing',
  },
  {
    name: '204 with a body',
    bytes: 'HTTP/1.1 204 No Content\r\ncontent-length: 7\r\n\r\n{"n":2}',
    expected: 'nothing',
  },
  {
    name: 'an error without a body',
    bytes: 'HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\n\r\n',
    closes: true,
    expected: 'runtime_error',
  },
];

const INVALID: readonly Case[] = [
  {
    name: 'two different lengths',
    bytes: `${OK}content-length: 7\r\ncontent-length: 8\r\n\r\n{"n":2}`,
    expected: 'reply_invalid',
  },
  {
    name: 'different lengths in one header',
    bytes: `${OK}content-length: 7, 8\r\n\r\n{"n":2}`,
    expected: 'reply_invalid',
  },
  {
    name: 'a content-length with a chunked body',
    bytes: `${CHUNKED}content-length: 7\r\n\r\n7\r\n{"n":2}\r\n0\r\n\r\n`,
    expected: 'reply_invalid',
  },
  {
    name: 'a negative length',
    bytes: `${OK}content-length: -7\r\n\r\n{"n":2}`,
    expected: 'reply_invalid',
  },
  {
    name: 'a content-length that is not a number',
    bytes: `${OK}content-length: seven\r\n\r\n{"n":2}`,
    expected: 'reply_invalid',
  },
  {
    name: 'a length over 2^53',
    bytes: `${OK}content-length: 99999999999999999999\r\n\r\n{"n":2}`,
    expected: 'reply_invalid',
  },
  {
    name: 'an unknown transfer-encoding',
    bytes: `${OK}transfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n`,
    expected: 'reply_invalid',
  },
  {
    name: '101',
    bytes: 'HTTP/1.1 101 Switching Protocols\r\nupgrade: h2c\r\nconnection: upgrade\r\n\r\n',
    expected: 'reply_invalid',
  },
  {
    name: 'status 000',
    bytes: 'HTTP/1.1 000 Nothing\r\ncontent-length: 7\r\n\r\n{"n":2}',
    expected: 'reply_invalid',
  },
  {
    name: 'status 099',
    bytes: 'HTTP/1.1 099 Nothing\r\ncontent-length: 7\r\n\r\n{"n":2}',
    expected: 'reply_invalid',
  },
  {
    name: 'status 600',
    bytes: 'HTTP/1.1 600 Much\r\ncontent-length: 7\r\n\r\n{"n":2}',
    expected: 'reply_invalid',
  },
  { name: 'a status of two digits', bytes: 'HTTP/1.1 20 OK\r\n\r\n', expected: 'reply_invalid' },
  {
    name: 'a status that is not a number',
    bytes: 'HTTP/1.1 OK\r\n\r\n',
    expected: 'reply_invalid',
  },
  { name: 'HTTP/2', bytes: 'HTTP/2 200 OK\r\n\r\n', expected: 'reply_invalid' },
  { name: 'a frame', bytes: '\0\0\0\x07{"n":2}', expected: 'reply_invalid' },
  { name: 'an empty line first', bytes: `\r\n${COMPLETE}`, expected: 'reply_invalid' },
  {
    name: 'a header without a colon',
    bytes: `${OK}content-length 7\r\n\r\n{"n":2}`,
    expected: 'reply_invalid',
  },
  { name: 'a header without a name', bytes: `${OK}: 7\r\n\r\n`, expected: 'reply_invalid' },
  {
    name: 'a space before the colon',
    bytes: `${OK}content-length : 7\r\n\r\n{"n":2}`,
    expected: 'reply_invalid',
  },
  { name: 'a folded line first', bytes: `${OK} x: 1\r\n\r\n`, expected: 'reply_invalid' },
  { name: 'NUL in a header', bytes: `${OK}x-a: \0\r\n\r\n`, expected: 'reply_invalid' },
  {
    name: 'a carriage return in a header',
    bytes: `${OK}x-a: 1\r2\r\n\r\n`,
    expected: 'reply_invalid',
  },
  {
    name: 'an endless head',
    bytes: `${OK}x-a: ${'a'.repeat(20_000)}`,
    expected: 'reply_invalid',
  },
  {
    name: 'a head that is too long',
    bytes: `${OK}x-a: ${'a'.repeat(20_000)}\r\n\r\n`,
    expected: 'reply_invalid',
  },
  { name: 'a chunk without a size', bytes: `${CHUNKED}\r\n\r\n`, expected: 'reply_invalid' },
  {
    name: 'a chunk size that is not a number',
    bytes: `${CHUNKED}\r\nseven\r\n`,
    expected: 'reply_invalid',
  },
  {
    name: 'a chunk that is longer than its size',
    bytes: `${CHUNKED}\r\n3\r\n{"n":2}\r\n0\r\n\r\n`,
    expected: 'reply_invalid',
  },
  {
    name: 'an endless line between chunks',
    bytes: `${CHUNKED}\r\n7;${'a'.repeat(20_000)}`,
    expected: 'reply_invalid',
  },
  {
    name: 'endless trailers',
    bytes: `${CHUNKED}\r\n0\r\n${'x-a: 1\r\n'.repeat(5_000)}`,
    expected: 'reply_invalid',
  },
  {
    name: 'a body longer than its content-length',
    hasStrayBytes: true,
    bytes: `${OK}content-length: 1\r\n\r\n{"n":2}`,
    expected: 'reply_invalid',
  },
  {
    name: 'two responses',
    hasStrayBytes: true,
    bytes: `${COMPLETE}${COMPLETE}`,
    expected: 'reply_invalid',
  },
];

const TRUNCATED: readonly Case[] = [
  { name: 'one byte', bytes: 'H', closes: true, expected: 'reply_invalid' },
  { name: 'half of a status line', bytes: 'HTTP/1.1 20', closes: true, expected: 'reply_invalid' },
  { name: 'a status line', bytes: OK, closes: true, expected: 'reply_invalid' },
  { name: 'half of a header', bytes: `${OK}content-le`, closes: true, expected: 'reply_invalid' },
  {
    name: 'a head without its empty line',
    bytes: `${OK}content-length: 7\r\n`,
    closes: true,
    expected: 'reply_invalid',
  },
  {
    name: 'half of a head after a 100',
    bytes: `HTTP/1.1 100 Continue\r\n\r\n${OK}`,
    closes: true,
    expected: 'reply_invalid',
  },
  {
    name: 'half of a body',
    bytes: `${OK}content-length: 7\r\n\r\n{"n"`,
    closes: true,
    expected: 'reply_invalid',
  },
  {
    name: 'the size of a chunk',
    bytes: `${CHUNKED}\r\n7`,
    closes: true,
    expected: 'reply_invalid',
  },
  {
    name: 'a chunk without the last chunk',
    bytes: `${CHUNKED}\r\n7\r\n{"n":2}\r\n`,
    closes: true,
    expected: 'reply_invalid',
  },
  {
    name: 'the last chunk without its end',
    bytes: `${CHUNKED}\r\n7\r\n{"n":2}\r\n0\r\n`,
    closes: true,
    expected: 'reply_invalid',
  },
  {
    name: 'half of the body of an error',
    bytes: 'HTTP/1.1 500 Oh\r\ncontent-length: 7\r\n\r\n{"n"',
    closes: true,
    expected: 'reply_invalid',
  },
  { name: 'nothing', bytes: '', closes: true, expected: 'runtime_crashed' },
  {
    name: 'a head that announces a length',
    bytes: `${OK}content-length: 7\r\n\r\n`,
    closes: true,
    expected: 'runtime_crashed',
  },
  {
    name: 'a head that announces chunks',
    bytes: `${CHUNKED}\r\n`,
    closes: true,
    expected: 'runtime_crashed',
  },
  {
    name: 'a head that announces nothing',
    bytes: `${OK}\r\n`,
    closes: true,
    expected: 'runtime_crashed',
  },
  {
    name: 'only a 100',
    bytes: 'HTTP/1.1 100 Continue\r\n\r\n',
    closes: true,
    expected: 'runtime_crashed',
  },
];

const CASES = [
  ...SKIPPED.map((it) => ({ ...it, name: `skipped: ${it.name}` })),
  ...UNUSUAL.map((it) => ({ ...it, name: `accepted: ${it.name}` })),
  ...INVALID.map((it) => ({ ...it, name: `rejected: ${it.name}` })),
  ...TRUNCATED.map((it) => ({ ...it, name: `truncated: ${it.name}` })),
];

for (const { name, bytes, closes = false, expected } of CASES) {
  test(`${name}: the result is ${expected}, and the runtime is called once`, async (t) => {
    let calls = 0;
    const { socketPath } = await openSocketServer(t, (socket) => {
      socket.on('data', () => {
        calls++;
        if (closes) socket.end(bytes, 'latin1');
        else socket.write(bytes, 'latin1');
      });
    });
    const client = createConnectionPool({
      endpoint: unixEndpoint(socketPath),
      createConnection: (socket, events) =>
        createHttpConnection(socket, events, { maxReplyBytes: 1_000_000, maxNesting: 100 }),
      onAbsent: () => {},
      onUnexpectedData: () => {},
    });
    t.after(() => client.close());
    assert.equal(summaryOf(await callWith(client, request())), expected);
    assert.equal(calls, 1);
  });
}

test('a response cut into any chunks is read with the same result', () => {
  const cuts = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 40 });
  const cases = CASES.filter(({ hasStrayBytes }) => hasStrayBytes !== true);
  fc.assert(
    fc.property(fc.constantFrom(...cases), cuts, ({ bytes }, sizes) => {
      const response = Buffer.from(bytes, 'latin1');
      assert.equal(
        summaryOf(readInPieces(response, sizes)),
        summaryOf(readInPieces(response, [response.length])),
      );
    }),
    { numRuns: 3_000, examples: cases.map((it) => [it, [1]]) },
  );
});

test('arbitrary bytes cause no exception', () => {
  const piece = fc.oneof(
    fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
    fc.constantFrom(
      'HTTP/1.1 ',
      '200 OK',
      '\r\n',
      '\r\n\r\n',
      'content-length: 5',
      'transfer-encoding: chunked',
    ),
    fc.constantFrom(
      '5',
      '0',
      '{"n":2}',
      'connection: close',
      'HTTP/1.1 100 Continue\r\n\r\n',
      ...CASES.map((it) => it.bytes),
    ),
  );
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 12 }),
      fc.integer({ min: 1, max: 50 }),
      (pieces, size) => {
        assert.notEqual(
          summaryOf(readInPieces(Buffer.from(pieces.join(''), 'latin1'), [size])),
          'absent',
        );
      },
    ),
    { numRuns: 3_000 },
  );
});

/** Reads chunks of the given sizes, repeated, up to the first reply or the end of the bytes. */
function readInPieces(bytes: Buffer, sizes: readonly number[]): Reply {
  const reply = callReplyInPieces(bytes, sizes);
  if (reply?.kind !== 'answered') return reply ?? runtimeCrashed('');
  const [only] = reply.replies;
  assert.ok(only);
  return only;
}

function callReplyInPieces(bytes: Buffer, sizes: readonly number[]): CallReply | undefined {
  const reader = createHttpReader({ maxReplyBytes: 1_000_000, maxNesting: 100 });
  const call = callOf();
  let at = 0;
  for (let index = 0; at < bytes.length; index++) {
    const size = sizes[index % sizes.length] ?? 1;
    const result = reader.push(bytes.subarray(at, at + size), call);
    if (result !== undefined) return result.reply;
    at += size;
  }
  return reader.end(call);
}

function summaryOf(reply: Reply): string {
  switch (reply.kind) {
    case 'answered':
      return reply.items.map(({ payload }) => payload.toString()).join(' ') || 'nothing';
    case 'failed':
      return reply.fault.code;
    case 'deferred':
    case 'absent':
      return reply.kind;
  }
}
