import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeadersFileError, parseHeadersFile } from '../../../src/config/runtime/headersFile.ts';

function problemOf(text: string): string {
  try {
    parseHeadersFile(text);
    return 'valid';
  } catch (error) {
    assert.ok(error instanceof HeadersFileError, String(error));
    return error.message;
  }
}

test('each line is a header, whose name becomes lower case', () => {
  const text =
    'Authorization: Bearer a:b \r\n\nX-Tag:one\nX-Tag: two\nHost: m.example:80\nX-Empty:';
  assert.deepEqual(parseHeadersFile(text), [
    ['authorization', 'Bearer a:b'],
    ['x-tag', 'one'],
    ['x-tag', 'two'],
    ['host', 'm.example:80'],
    ['x-empty', ''],
  ]);
});

test('a malformed line is named by its number, and not shown', () => {
  const malformed = [
    's3cret',
    'X Tag: s3cret',
    ': s3cret',
    'X-Tag: s3crét',
    ' X-Tag: s3cret',
    'X-Tag : s3cret',
  ];
  for (const line of malformed) {
    assert.equal(problemOf(`X-Ok: 1\n${line}`), 'line 2 is not "Name: value" in ASCII', line);
  }
});

test('a header that the sidecar sets is refused', () => {
  for (const name of [
    'Content-Length',
    'Transfer-Encoding',
    'Connection',
    'Content-Type',
    'Accept-Encoding',
    'Traceparent',
    'Asya-Attempt',
  ]) {
    const problem = `line 1: ${name.toLowerCase()} cannot be set, because the sidecar sets it`;
    assert.equal(problemOf(`${name}: 1`), problem);
  }
});

test('a file without a header, with two hosts or over 8 KiB is refused', () => {
  assert.equal(problemOf('\n \n'), 'the file has no header');
  assert.equal(problemOf('Host: a\nhost: b'), 'host is set more than once');
  assert.equal(problemOf('Host: a/b'), 'line 1: the value of host is not a host');
  assert.equal(problemOf(`X-Tag: ${'a'.repeat(8192)}`), 'the file has more than 8192 bytes');
});
