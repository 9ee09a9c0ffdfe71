import * as fc from 'fast-check';
import { SCHEMA } from '../../src/config/schema.ts';
import { jsonText, padded } from '../../test/kit/envelopes/jsonText.ts';
import { mutation } from '../../test/kit/envelopes/mutation.ts';

export const MAX_NESTING = 20;
export const MAX_FRAME_BYTES = 50;

/** Chunks of frames, frame heads and random bytes. */
export function frameStream(maxLength: number): fc.Arbitrary<Buffer> {
  // Mostly short lengths; otherwise nearly every stream would be refused at its first frame.
  const head = fc.nat(MAX_FRAME_BYTES + 2).map((length) => Uint8Array.of(0, 0, 0, length));
  const part = fc.oneof(fc.uint8Array({ maxLength: 20 }), head, frame());
  return fc
    .array(part, { maxLength: 8 })
    .map((parts) => Buffer.concat(parts).subarray(0, maxLength));
}

function frame(): fc.Arbitrary<Uint8Array> {
  return fc
    .uint8Array({ maxLength: MAX_FRAME_BYTES })
    .map((body) => Uint8Array.of(0, 0, 0, body.length, ...body));
}

/** A text as bytes, with up to three mutations. */
export function mutated(text: fc.Arbitrary<string>): fc.Arbitrary<Buffer> {
  return fc
    .tuple(text, fc.array(mutation, { maxLength: 3 }))
    .map(([valid, mutations]) =>
      mutations.reduce<Buffer>((it, mutate) => mutate(it), Buffer.from(valid)),
    );
}

/** Nested objects and arrays, about as deep as `MAX_NESTING`. */
export function nested(): fc.Arbitrary<Buffer> {
  const level = fc.constantFrom(['[', ']'], ['{"a":', '}']);
  return fc
    .tuple(fc.array(level, { minLength: 10, maxLength: 30 }), jsonText(1))
    .map(([levels, text]) =>
      Buffer.from(levels.reduce((inside, [open = '', close = '']) => open + inside + close, text)),
    );
}

/** Replies of a runtime: payloads, error objects and arrays of envelopes. */
export function replyText(): fc.Arbitrary<string> {
  const error = fc.record(
    {
      error: fc.string(),
      message: fc.string(),
      retryable: fc.boolean(),
      retry_after_ms: fc.double(),
    },
    { requiredKeys: ['error'] },
  );
  const envelope = fc.record(
    {
      payload: fc.jsonValue(),
      route: fc.record({ actors: fc.array(fc.string()), current: fc.integer() }),
    },
    { requiredKeys: [] },
  );
  return fc.oneof(
    padded(jsonText()),
    error.map((it) => JSON.stringify(it)),
    fc.array(fc.oneof(envelope, error), { maxLength: 4 }).map((it) => JSON.stringify(it)),
  );
}

/** Values of the header `retry-after`. */
export function retryAfter(): fc.Arbitrary<string | undefined> {
  const date = fc.date({ noInvalidDate: true }).map((it) => it.toUTCString());
  return fc.option(fc.oneof(fc.string(), fc.double().map(String), date), { nil: undefined });
}

/** Environment variables, with values of the wrong kind. */
export function environment(): fc.Arbitrary<Record<string, string>> {
  const known = Object.keys(SCHEMA);
  const value = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.double().map(String),
    fc.integer().map(String),
    fc.constantFrom(
      'true',
      'false',
      'sqlite',
      'memory',
      '1s,2s',
      '-1s',
      ':8080',
      '__proto__',
      '',
      'error-end',
    ),
    fc.constantFrom(
      'amqp://u:p@h/v',
      'amqps://h',
      'amqp://%',
      'amqp://h:99999',
      '10MiB',
      '9e99h',
      '1h2h',
    ),
  );
  return fc.dictionary(fc.constantFrom(...known, '__proto__', 'constructor'), value, {
    noNullPrototype: true,
  });
}

/** Trace headers, valid and invalid. */
export function traceHeaders(): fc.Arbitrary<Record<string, string>> {
  const id = (digits: number): fc.Arbitrary<string> =>
    fc.string({
      unit: fc.constantFrom(...'0123456789abcdefABZ-'.split('')),
      minLength: digits - 1,
      maxLength: digits,
    });
  const traceparent = fc
    .tuple(
      fc.constantFrom('00', 'ff', '01', ''),
      id(32),
      id(16),
      fc.constantFrom('00', '01', 'zz', '01-x'),
    )
    .map((parts) => parts.join('-'));
  const pairs = fc.string({ unit: fc.constantFrom(...'ab=,;%20 é\n'.split('')) });
  const text = fc.oneof(traceparent, pairs, fc.string({ unit: 'binary' }));
  return fc.dictionary(
    fc.constantFrom('traceparent', 'tracestate', 'baggage', 'asya-trace'),
    text,
    {
      noNullPrototype: true,
    },
  );
}

/** Responses of HTTP servers, mostly with an error status, cut into pieces and mutated. */
export function httpStream(): fc.Arbitrary<Buffer> {
  const status = fc.oneof(fc.constantFrom(200, 204, 307, 400, 429, 500, 502, 503), fc.nat(999));
  const header = fc.constantFrom(
    'content-type: application/json',
    'content-type: text/html; charset=latin1',
    'content-type: text/event-stream',
    'content-type: application/x-ndjson',
    'content-encoding: gzip',
    'connection: close',
    'retry-after: 5',
    'location: http://u:p@h/p?q',
  );
  const head = fc
    .tuple(status, fc.array(header, { maxLength: 3 }))
    .map(([code, headers]) => [`HTTP/1.1 ${code} x`, ...headers].join('\r\n'));
  const body = fc.oneof(errorPage(), frameworkError(), replyText());
  const response = fc
    .tuple(head, body, fc.nat(2), fc.nat(3))
    .map(([start, content, framing, interim]) => {
      const size = Buffer.byteLength(content);
      const framed = [
        `content-length: ${size}\r\n\r\n${content}`,
        `transfer-encoding: chunked\r\n\r\n${size.toString(16)}\r\n${content}\r\n0\r\n\r\n`,
        `x: y\r\n\r\n${content}`,
      ];
      return `${'HTTP/1.1 100 Continue\r\n\r\n'.repeat(interim)}${start}\r\n${framed[framing]}`;
    });
  return mutated(response);
}

function errorPage(): fc.Arbitrary<string> {
  const tags = '< > <p> </p> <pre> <br> <title> <!-- --> <script> &amp; &#x data: Error: at'.split(
    ' ',
  );
  const piece = fc.constantFrom(...tags, ' ', '\n', 'Traceback (most recent call last)');
  return fc.array(fc.oneof(piece, fc.string({ unit: 'binary' }))).map((it) => it.join(''));
}

function frameworkError(): fc.Arbitrary<string> {
  const keys = 'error message detail title type code errors loc msg stack'.split(' ');
  const key = fc.constantFrom(...keys);
  const { error } = fc.letrec<{ error: unknown }>((tie) => ({
    error: fc.oneof(
      { depthSize: 'small' },
      fc.string({ unit: 'binary' }),
      fc.integer(),
      fc.dictionary(key, tie('error'), { maxKeys: 4 }),
      fc.array(tie('error'), { maxLength: 4 }),
    ),
  }));
  return error.map((it) => JSON.stringify(it));
}
