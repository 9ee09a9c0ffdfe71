import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { readErrorBody } from '../../../../src/runtime/http/errorBody/errorBody.ts';

const MAX_NESTING = 100;

for (const [contentType, bytes, message] of [
  ['text/plain; charset=iso-8859-1', Buffer.from('pas trouvé', 'latin1'), 'pas trouvé'],
  ['text/plain;charset="ISO-8859-1"', Buffer.from('pas trouvé', 'latin1'), 'pas trouvé'],
  ['application/json; charset=latin1', Buffer.from('{"detail":"é"}', 'latin1'), 'é'],
  ['application/json; charset=utf-16le', Buffer.from('{"detail":"é"}', 'utf16le'), 'é'],
  ['application/json', Buffer.from('\ufeff{"detail":"é"}'), 'é'],
  ['text/plain; charset=unknown', Buffer.from('é'), 'é'],
  ['text/plain', Buffer.from('trouvé', 'latin1'), 'trouv\ufffd'],
  ['text/html', Buffer.from('<TITLE>a &eacute; &#233;&#xE9;&#0;</TITLE>'), 'a &eacute; éé'],
] as const) {
  test(`${JSON.stringify(bytes.toString('latin1'))} as ${contentType} is decoded`, () => {
    assert.equal(read(bytes, contentType).message, message);
  });
}

for (const [name, body, message] of [
  ['an empty body', '', undefined],
  ['white space', ' \r\n\t', undefined],
  ['binary data', '\x89PNG\r\n\x1a\n\0\0', undefined],
  ['an empty page', '<html><body></body></html>', undefined],
  ['a page without a title', '<html><body><h1>Oh</h1><hr>no</body></html>', 'Oh no'],
  ['a page with styles', '<html><style>p{}</style><script>1<2</script>x</html>', 'x'],
  ['a page without an end', '<html><title>Oh', 'Oh'],
  ['a page with an unclosed comment', '<html><title>Oh</title><!-- <p>no</p>', 'Oh'],
  ['a page with an unclosed tag', '<html><title>Oh</title><p>no<a href="', 'Oh: no'],
  ['entities that decode to markup', '<title>&lt;b&gt; &amp;lt;</title>', '<b> &lt;'],
  ['an entity over U+10FFFF', '<title>a&#99999999;&#xd800;</title>', 'a\ufffd\ufffd'],
  ['XML', '<?xml version="1.0"?><Error><Code>NoKey</Code></Error>', 'NoKey'],
  ['text over several lines', 'one\r\n\ttwo\x1b[1m', 'one two [1m'],
  ['an invalid JSON text', '{"detail":"no age"', '{"detail":"no age"'],
  ['a JSON string', '"no\\nage"', 'no age'],
  ['a JSON number', '7', '7'],
  ['an empty object', '{}', '{}'],
  ['an object with unknown keys', '{"a": 1}', '{"a": 1}'],
  ['a message of another type', '{"message":5,"detail":null,"error":"e"}', 'e'],
  ['an empty message', '{"message":"","error":"Not Found"}', 'Not Found'],
  ['duplicate keys', '{"detail":"a","detail":"b"}', 'b'],
  [
    'prototype keys',
    '{"__proto__":{"message":"m"},"constructor":"c"}',
    '{"__proto__":{"message":"m"},"constructor":"c"}',
  ],
  ['an array of texts', '["a","b","c","d"]', 'a; b; c; and 1 more'],
] as const) {
  test(`the message of ${name} is ${JSON.stringify(message)}`, () => {
    assert.equal(read(Buffer.from(body, 'utf8')).message, message);
  });
}

test('three of many invalid fields are named', () => {
  const detail = Array.from({ length: 1000 }, (_, n) => ({ loc: ['body', n], msg: 'no' }));
  const { message } = read(JSON.stringify({ detail }));
  assert.equal(message, 'body.0: no; body.1: no; body.2: no; and 997 more');
});

test('a validation error that echoes a large request is read', () => {
  const input = 'x'.repeat(1_000_000);
  const body = JSON.stringify({ detail: [{ loc: ['body', 'n'], msg: 'no', input }] });
  const { message, details = '' } = read(body);
  assert.equal(message, 'body.n: no');
  assert.match(JSON.parse(details), new RegExp(`^\\{"detail".*… \\(${body.length} bytes\\)$`));
  assert.ok(details.length < 10_000);
});

test('a JSON text that is nested too deeply is read as text', () => {
  const nested = `{"detail":"m","a":${'['.repeat(200)}${']'.repeat(200)}}`;
  assert.ok(read(nested).message?.startsWith('{"detail":"m","a":[[['));
});

test('details are JSON for a JSON body, a text for another one, and missing for one line', () => {
  assert.equal(read(' {"detail": "m", "n": 1.0}\n').details, '{"detail": "m", "n": 1.0}');
  assert.equal(read('a\nb').details, '"a\\nb"');
  assert.equal(read('busy\n').details, undefined);
});

test('any body gives a message of one bounded line and details that are JSON', () => {
  const piece = fc.constantFrom(
    '<',
    '>',
    '</',
    '<p>',
    '<pre>',
    '<br>',
    '<title>',
    '<!--',
    '-->',
    '<script>',
    '&amp;',
    '&#',
    '{',
    '}',
    '[',
    ']',
    '"',
    ':',
    ',',
    '"detail"',
    '"error"',
    '"message"',
    '"loc"',
    '"msg"',
    '\n',
    ' ',
    'x',
    '\u0000',
    '\ud83d',
    '😀',
    '1',
    'ValueError: ',
    'Traceback (most recent call last)',
  );
  const text = fc.oneof(
    fc.array(piece).map((it) => it.join('')),
    fc.json(),
    fc.string({ unit: 'binary' }),
  );
  const type = fc.constantFrom(
    'text/html',
    'application/json',
    'text/plain',
    'text/x; charset=utf-16',
    '',
  );
  const body = fc.oneof(
    text.map((it) => Buffer.from(it)),
    fc.uint8Array().map((it) => Buffer.from(it)),
  );
  fc.assert(
    fc.property(body, type, (bytes, contentType) => {
      const { message = 'x', details = '1', traceback = '' } = read(bytes, contentType);
      assert.match(message, /^\P{Cc}+$/u);
      assert.ok(message.length <= 4096 && message.isWellFormed() && traceback.isWellFormed());
      JSON.parse(details);
    }),
    { numRuns: 2_000 },
  );
});

function read(body: Buffer | string, contentType = ''): ReturnType<typeof readErrorBody> {
  const headers = new Map(contentType === '' ? [] : [['content-type', contentType]]);
  return readErrorBody(Buffer.from(body), headers, MAX_NESTING);
}
