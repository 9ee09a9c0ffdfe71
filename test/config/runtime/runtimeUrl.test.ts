import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  parseRuntimeUrl,
  printRuntimeUrl,
  RuntimeUrlError,
} from '../../../src/config/runtime/runtimeUrl.ts';

function problemOf(text: string): string {
  try {
    parseRuntimeUrl(text);
    return 'valid';
  } catch (error) {
    assert.ok(error instanceof RuntimeUrlError, String(error));
    return error.message;
  }
}

test('a URL has an address, a request target and a value of the header host', () => {
  const cases = [
    ['http://127.0.0.1:8000/predict', '127.0.0.1', 8000, '/predict', '127.0.0.1:8000'],
    ['http://model', 'model', 80, '/', 'model'],
    ['HTTP://Model:80/a', 'model', 80, '/a', 'model'],
    ['https://model/v1?a=b&c', 'model', 443, '/v1?a=b&c', 'model'],
    ['https://model:80/', 'model', 80, '/', 'model:80'],
    ['http://[::1]:8000/a', '::1', 8000, '/a', '[::1]:8000'],
    ['http://münchen.example/ü', 'xn--mnchen-3ya.example', 80, '/%C3%BC', 'xn--mnchen-3ya.example'],
    ['http://model/a/@b', 'model', 80, '/a/@b', 'model'],
  ] as const;
  for (const [text, host, port, target, header] of cases) {
    const url = parseRuntimeUrl(text);
    const isTls = text.startsWith('https');
    assert.deepEqual(url.address, { transport: 'tcp', host, port, isTls }, text);
    assert.deepEqual([url.target, url.host], [target, header], text);
  }
});

test('a request target follows a Unix socket after a colon', () => {
  const cases = [
    ['unix:/run/model.sock', '/run/model.sock', '/'],
    ['unix:///run/model.sock', '/run/model.sock', '/'],
    ['unix:/run/model.sock:/v1/predict?a=b', '/run/model.sock', '/v1/predict?a=b'],
    ['unix:/run/a:b@c.sock', '/run/a:b@c.sock', '/'],
    ['unix:/run/model.sock://a', '/run/model.sock', '//a'],
  ] as const;
  for (const [text, path, target] of cases) {
    const url = parseRuntimeUrl(text);
    assert.deepEqual(url.address, { transport: 'unix', path }, text);
    assert.deepEqual([url.target, url.host], [target, 'runtime'], text);
  }
});

test('an invalid URL has one problem, which shows nothing of the URL', () => {
  const cases: [string, RegExp][] = [
    ['', /^it does not begin with http:\/\//],
    ['127.0.0.1:8000', /^it does not begin with/],
    ['http:model/predict', /^it does not begin with/],
    ['ftp://model/', /^the scheme is not http, https or unix$/],
    ['http:///predict', /^the host is missing$/],
    ['http://:8000/', /^the host is missing$/],
    ['http://model:0/', /^the port is not a number from 1 to 65535$/],
    ['http://model:80a/', /^the port is not a number from 1 to 65535$/],
    ['http://model:65536/', /^the host or the port is not valid$/],
    ['http://[::1/', /^the host or the port is not valid$/],
    ['http://model/#top', /^it has a fragment/],
    ['http://model/#', /^it has a fragment/],
    ['http://model/a b', /^it has white space/],
    ['http://model/\n', /^it has white space/],
    [`http://model/${'a'.repeat(2048)}`, /^it has more than 2048 bytes$/],
    ['unix:model.sock', /^the path of the Unix socket does not begin with one "\/"$/],
    ['unix:', /^the path of the Unix socket does not begin/],
    ['unix://host/run/model.sock', /^the path of the Unix socket does not begin/],
    ['unix:/run/model.sock?a', /^the path of the Unix socket has a "\?" or "#"$/],
    ['unix:/run/model.sock:/a#b', /^it has a fragment/],
    [`unix:/${'a'.repeat(103)}`, /^the path of the Unix socket has more than 103 bytes$/],
  ];
  for (const [text, problem] of cases) assert.match(problemOf(text), problem, text);
});

test('credentials are a problem that names the headers file, and are not shown', () => {
  for (const text of [
    'http://user:s3cret@model/',
    'http://s3cret@model/',
    'http://:s3cret@model/',
    'https://user:s3/cret@model/',
    'https://user:s3#cret@model/',
    'http://user:s3cret@model:99999/',
    'http://@model/',
  ]) {
    const problem = problemOf(text);
    assert.match(problem, /^it has credentials; set an Authorization header .*HEADERS_FILE/, text);
    assert.ok(!/s3|cret/.test(problem.replace('credentials', '')), problem);
    assert.equal(printRuntimeUrl(text), '***');
  }
});

test('the query is masked in the printed URL', () => {
  assert.equal(printRuntimeUrl('https://model/a?key=s3cret'), 'https://model/a?***');
  assert.equal(printRuntimeUrl('unix:/run/m.sock:/a?key=s3cret'), 'unix:/run/m.sock:/a?***');
  assert.equal(printRuntimeUrl('http://model:8000'), 'http://model:8000/');
  assert.equal(printRuntimeUrl('unix:///run/m.sock'), 'unix:/run/m.sock');
});
