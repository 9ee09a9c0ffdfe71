import type { Socket } from 'node:net';

/** One way in which a server misbehaves. */
export interface HostileAnswer {
  readonly name: string;
  /** Answers the first request on the connection. */
  readonly answer: (socket: Socket) => void;
  /**
   * The result of the call: a payload, `nothing` for an empty reply, `deferred`, `absent`, or a
   * fault code.
   */
  readonly expected: string;
  /** The result over TCP. @default `expected` */
  readonly expectedOverTcp?: string;
  /** Who closes the connection. A timed-out call keeps it, and a good answer too. */
  readonly closedBy: 'client' | 'server' | 'none';
  /** The size of the payload of the request, in bytes. @default 7 */
  readonly requestBytes?: number;
}

export const GOOD_ANSWER = 'HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n2';

const OK = 'HTTP/1.1 200 OK\r\n';
const CHUNKED = `${OK}transfer-encoding: chunked\r\n\r\n`;

/** Answers that the client accepts or ends by itself. */
const DECIDED: readonly HostileAnswer[] = [
  invalid('a bad status line', 'HTTP/1.1 OK 200\r\n\r\n'),
  invalid('a status line in lower case', 'http/1.1 200 OK\r\n\r\n'),
  invalid('the settings of HTTP/2', '\0\0\x12\x04\0\0\0\0\0\0\x03\0\0\0\x64\0\x04\0\x10\0\0'),
  invalid('HTTP/2 in a status line', 'HTTP/2 200\r\n\r\n'),
  invalid('HTTP/0.9', '{"n":2}'),
  { ...invalid('a TLS alert', '\x15\x03\x01\0\x02\x02\x16'), expectedOverTcp: 'absent' },
  invalid('an empty line', `\r\n${GOOD_ANSWER}`),
  invalid('101', 'HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\n\r\n'),
  invalid('two replies', `${GOOD_ANSWER}${GOOD_ANSWER}`),
  invalid('garbage after the reply', `${GOOD_ANSWER}garbage`),
  invalid('a content-length that is too short', `${OK}content-length: 1\r\n\r\n{"n":2}`),
  invalid('a signed content-length', `${OK}content-length: +1\r\n\r\n2`),
  invalid('a hexadecimal content-length', `${OK}content-length: 0x1\r\n\r\n2`),
  invalid('an empty content-length', `${OK}content-length:\r\n\r\n2`),
  invalid('duplicated lengths', `${OK}content-length: 1\r\ncontent-length: 2\r\n\r\n2`),
  invalid('a length and chunks', `${CHUNKED.trim()}\r\ncontent-length: 1\r\n\r\n2`),
  invalid('chunked twice', `${OK}transfer-encoding: chunked, chunked\r\n\r\n0\r\n\r\n`),
  invalid('the transfer-encoding identity', `${OK}transfer-encoding: identity\r\n\r\n2`),
  invalid('a chunk size that overflows', `${CHUNKED}fffffffffffffffff\r\n2`),
  invalid('a negative chunk size', `${CHUNKED}-1\r\n2`),
  invalid('a chunk without its line end', `${CHUNKED}1\r\n2x0\r\n\r\n`),
  invalid('NUL in a header', `${OK}x: a\0b\r\n\r\n`),
  invalid('NUL in a header name', `${OK}a\0b: x\r\n\r\n`),
  invalid('a header without a name', `${OK}: x\r\n\r\n`),
  invalid('a space before a colon', `${OK}content-length : 1\r\n\r\n2`),
  invalid('a redirect to itself', 'HTTP/1.1 307 Temporary Redirect\r\nlocation: /\r\n\r\n'),
  invalid('gzip', `${OK}content-encoding: gzip\r\n\r\n\x1f\x8b\x08`),
  invalid('status 999', 'HTTP/1.1 999 Denied\r\ncontent-length: 1\r\n\r\n2'),
  {
    ...invalid('a chunk of 4 TiB', ''),
    answer: (socket) => write(socket, `${CHUNKED}fffffffffff\r\n2`),
    expected: 'reply_too_large',
  },
  {
    ...invalid('a content-length of 9 PB', ''),
    answer: (socket) => write(socket, `${OK}content-length: 9000000000000000\r\n\r\n2`),
    expected: 'reply_too_large',
  },
  {
    name: '204 with a body',
    answer: (socket) => write(socket, 'HTTP/1.1 204 No\r\ncontent-length: 7\r\n\r\n{"n":2}'),
    expected: 'nothing',
    closedBy: 'client',
  },
  {
    name: 'connection: close without a close',
    answer: (socket) => write(socket, `${OK}connection: close\r\ncontent-length: 1\r\n\r\n2`),
    expected: '2',
    closedBy: 'client',
  },
  {
    name: 'a reply before the request is read',
    answer: (socket) => {
      socket.pause();
      write(socket, GOOD_ANSWER);
    },
    expected: '2',
    closedBy: 'client',
    requestBytes: 8_000_000,
  },
];

/** Answers without an end. The client must stop to read them. */
const ENDLESS: readonly HostileAnswer[] = [
  flood('a status line without an end', 'HTTP/1.1 200 ', 'x'.repeat(1000), 'reply_invalid'),
  flood('headers without an end', OK, `x-a: ${'y'.repeat(1000)}\r\n`, 'reply_invalid'),
  flood('empty headers without an end', OK, 'a:\r\n', 'reply_invalid'),
  flood('a folded header without an end', `${OK}a: b\r\n`, ' c\r\n', 'reply_invalid'),
  flood('100 without an end', '', 'HTTP/1.1 100 Continue\r\n\r\n', 'reply_invalid'),
  flood(
    '103 with headers without an end',
    '',
    `HTTP/1.1 103 Hi\r\nlink: ${'x'.repeat(9000)}\r\n\r\n`,
    'reply_invalid',
  ),
  flood('a chunk extension without an end', `${CHUNKED}1;`, 'x'.repeat(1000), 'reply_invalid'),
  flood(
    'chunk extensions without an end',
    CHUNKED,
    `1;${'x'.repeat(9000)}\r\n2\r\n`,
    'reply_invalid',
  ),
  flood(
    'chunk sizes with zeros',
    CHUNKED,
    '0000000000010;x\r\n0123456789abcdef\r\n',
    'reply_too_large',
  ),
  flood('trailers without an end', `${CHUNKED}1\r\n2\r\n0\r\n`, 'x-a: b\r\n', 'reply_invalid'),
  flood('chunks without an end', CHUNKED, '400\r\n' + ' '.repeat(1024) + '\r\n', 'reply_too_large'),
  flood('a body without a length and an end', `${OK}\r\n`, ' '.repeat(1000), 'reply_too_large'),
  flood('an error without an end', 'HTTP/1.1 500 Oh\r\n\r\n', 'x'.repeat(1000), 'reply_too_large'),
  flood(
    'an error event without an end',
    `HTTP/1.1 500 Oh\r\ncontent-type: text/event-stream\r\n\r\n`,
    'data: x\n',
    'runtime_error',
  ),
  flood(
    'a stream of events',
    `${OK}content-type: text/event-stream\r\n\r\n`,
    'data: {}\n\n',
    'reply_invalid',
  ),
  flood(
    'a stream of lines',
    `${OK}content-type: application/x-ndjson\r\n\r\n`,
    '{}\n',
    'reply_invalid',
  ),
  flood('line ends after a reply', `${OK}content-length: 1\r\n\r\n2`, '\r\n', '2'),
];

/** Answers that the server ends, or of which nothing follows. */
const BROKEN: readonly HostileAnswer[] = [
  hangs('no reply', ''),
  hangs('half a head', 'HTTP/1.1 200 OK\r\ncontent-le'),
  hangs('a head without its empty line', `${OK}content-length: 1\r\n`),
  hangs('carriage returns without line feeds', 'HTTP/1.1 200 OK\r\r2'),
  hangs('a content-length that is too long', `${OK}content-length: 9\r\n\r\n{"n":2}`),
  hangs('a chunk without its data', `${CHUNKED}5\r\n{"n"`),
  hangs('no last chunk', `${CHUNKED}1\r\n2\r\n`),
  hangs('no end of the trailers', `${CHUNKED}1\r\n2\r\n0\r\nx: y\r\n`),
  hangs('a 100 and nothing more', 'HTTP/1.1 100 Continue\r\n\r\n'),
  hangs('204 without the end of its head', 'HTTP/1.1 204 No Content\r\n'),
  ends('a close without a reply', '', 'runtime_crashed'),
  ends('a close in the head', 'HTTP/1.1 200 OK\r\ncontent-le', 'reply_invalid'),
  ends('a close after the head', `${OK}content-length: 7\r\n\r\n`, 'runtime_crashed'),
  ends('a close after a 100', 'HTTP/1.1 100 Continue\r\n\r\n', 'runtime_crashed'),
  ends('a close in the body', `${OK}content-length: 7\r\n\r\n{"n"`, 'reply_invalid'),
  ends('a close in a chunk', `${CHUNKED}7\r\n{"n"`, 'reply_invalid'),
  ends('a close in a JSON text without a length', `${OK}\r\n{"n"`, 'reply_invalid'),
  ends(
    'a close of the stream of events',
    `${OK}content-type: text/event-stream\r\n\r\n`,
    'reply_invalid',
  ),
  {
    name: 'a reset in the body',
    answer: (socket) => {
      // Node can reset connections of TCP only.
      const close = (): unknown =>
        socket.remoteFamily === undefined ? socket.destroy() : socket.resetAndDestroy();
      socket.write(`${OK}content-length: 7\r\n\r\n{"n"`, close);
    },
    expected: 'reply_invalid',
    closedBy: 'server',
  },
];

/** Unusual answers that are accepted. */
const ACCEPTED: readonly HostileAnswer[] = [
  accepted('a head byte by byte', bytewise(GOOD_ANSWER)),
  accepted('chunks byte by byte', bytewise(`${CHUNKED}1\r\n2\r\n0\r\n\r\n`)),
  accepted('line feeds only', bytewise('HTTP/1.1 200 OK\ncontent-length: 1\n\n2')),
  accepted('a folded header', whole(`${OK}x: a\r\n b\r\ncontent-length: 1\r\n\r\n2`)),
  accepted('non-ASCII text in a header', whole(`${OK}x: \xe9\xff\r\ncontent-length: 1\r\n\r\n2`)),
  accepted('duplicated headers', whole(`${OK}x: a\r\nX: b\r\ncontent-length: 1\r\n\r\n2`)),
  accepted(
    'two content types',
    whole(`${OK}content-type: text/html\r\ncontent-type: text/x\r\ncontent-length: 1\r\n\r\n2`),
  ),
  accepted(
    'a head of 16,000 bytes',
    whole(`${OK}x: ${'y'.repeat(15_900)}\r\ncontent-length: 1\r\n\r\n2`),
  ),
  accepted(
    'a hundred responses 102',
    whole(`${'HTTP/1.1 102 Processing\r\n\r\n'.repeat(100)}${GOOD_ANSWER}`),
  ),
  ...[
    '99999999999999999999',
    '-1',
    '1.5',
    'soon',
    '1e9',
    'Sunday, 06-Nov-94 08:49:37 GMT',
    'Sun Nov  6 08:49:37 1994',
    '2026-11-30T00:00:00Z',
    'Mon, 99 Foo 2026 99:99:99 GMT',
    'Fri, 31 Dec 9999 23:59:59 GMT',
    '',
  ].map((retryAfter): HostileAnswer => ({
    name: `429 with "Retry-After: ${retryAfter}"`,
    answer: whole(`HTTP/1.1 429 Busy\r\nretry-after: ${retryAfter}\r\ncontent-length: 0\r\n\r\n`),
    expected: 'deferred',
    closedBy: 'none',
  })),
];

export const HOSTILE_ANSWERS: readonly HostileAnswer[] = [
  ...DECIDED,
  ...ENDLESS,
  ...BROKEN,
  ...ACCEPTED,
];

function invalid(name: string, bytes: string): HostileAnswer {
  return { name, answer: whole(bytes), expected: 'reply_invalid', closedBy: 'client' };
}

function hangs(name: string, bytes: string): HostileAnswer {
  return { name, answer: whole(bytes), expected: 'runtime_timeout', closedBy: 'none' };
}

function ends(name: string, bytes: string, expected: string): HostileAnswer {
  const answer = (socket: Socket): unknown => socket.end(bytes, 'latin1');
  return { name, answer, expected, closedBy: 'server' };
}

function accepted(name: string, answer: HostileAnswer['answer']): HostileAnswer {
  return { name, answer, expected: '2', closedBy: 'none' };
}

/** Writes until the connection is closed, as fast as the client reads. */
function flood(name: string, start: string, repeated: string, expected: string): HostileAnswer {
  const piece = Buffer.from(repeated.repeat(Math.ceil(10_000 / repeated.length)), 'latin1');
  return {
    name,
    answer(socket) {
      const writeMore = (): void => {
        while (socket.writable && socket.write(piece));
      };
      socket.on('drain', writeMore);
      write(socket, start);
      writeMore();
    },
    expected,
    closedBy: 'client',
  };
}

function whole(bytes: string): HostileAnswer['answer'] {
  return (socket) => write(socket, bytes);
}

/** Each byte is a write of its own, in a turn of its own. */
function bytewise(bytes: string): HostileAnswer['answer'] {
  return (socket) => {
    let at = 0;
    const writeNext = (): void => {
      write(socket, bytes.charAt(at++));
      if (at < bytes.length) setImmediate(writeNext);
    };
    writeNext();
  };
}

function write(socket: Socket, bytes: string): void {
  if (bytes !== '') socket.write(bytes, 'latin1');
}
