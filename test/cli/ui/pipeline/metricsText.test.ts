import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { readSamples } from '../../../../src/cli/ui/pipeline/metricsText.ts';
import { readSidecarMetrics } from '../../../../src/cli/ui/pipeline/sidecarMetrics.ts';

function read(text: string): unknown[] {
  return [...readSamples(text, () => true)].map(({ name, labels, value }) => [
    name,
    Object.fromEntries(labels),
    value,
  ]);
}

test('samples with and without labels are read, with timestamps and exemplars left out', () => {
  const text = [
    '# HELP hops_total Hops',
    '# TYPE hops_total counter',
    'hops_total{queue="infer",status="success"} 12',
    'hops_total 3 1700000000000',
    'wait_bucket{le="+Inf"} 4 # {trace_id="abc"} 0.2 1700000000.1',
    'go_info { version = "1" } 1',
    'spaced{ a="1", b="2", } \t5',
    'ratio -1.5e-3',
    'infinite +Inf',
    '# EOF',
  ].join('\n');
  assert.deepEqual(read(text), [
    ['hops_total', { queue: 'infer', status: 'success' }, 12],
    ['hops_total', {}, 3],
    ['wait_bucket', { le: '+Inf' }, 4],
    ['spaced', { a: '1', b: '2' }, 5],
    ['ratio', {}, -0.0015],
    ['infinite', {}, Number.POSITIVE_INFINITY],
  ]);
});

test('label values may contain quotes, backslashes, line ends and braces', () => {
  const text = String.raw`m{a="x\"y",b="\\n",c="1\n2",d="}{",__proto__="p"} 1`;
  const [sample] = [...readSamples(text, () => true)];
  assert.deepEqual(
    [...(sample?.labels ?? [])],
    [
      ['a', 'x"y'],
      ['b', String.raw`\n`],
      ['c', '1\n2'],
      ['d', '}{'],
      ['__proto__', 'p'],
    ],
  );
});

test('lines that are not samples are skipped, and the next line is read', () => {
  const lines = [
    '',
    'm{',
    'm{ 5',
    'm{a="1',
    'm{a=1} 2',
    'm{a="1"',
    'm{a="1"}',
    'm{a="1"} x',
    'm NaN',
    'm',
    '{a="1"} 1',
    '<html>',
    `m{a="${'x'.repeat(20_000)}"} 1`,
    '\u0000\uD800',
  ];
  for (const line of lines) assert.deepEqual(read(`${line}\nok 1`), [['ok', {}, 1]], line);
});

test('no text makes the parser throw, and labels survive a round trip', () => {
  const fragment = fc.constantFrom('m', '{', '}', '"', '\\', ',', '=', ' ', '\n', '#', '1', 'le');
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(fragment, { maxLength: 60 }).map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(text, (given) => {
      read(given);
      readSidecarMetrics(given);
    }),
    { numRuns: 1_000 },
  );
  fc.assert(
    fc.property(fc.string(), fc.integer(), (label, value) => {
      const escaped = label
        .replaceAll('\\', String.raw`\\`)
        .replaceAll('\n', String.raw`\n`)
        .replaceAll('"', String.raw`\"`);
      assert.deepEqual(read(`m{a="${escaped}"} ${value}`), [['m', { a: label }, value]]);
    }),
  );
});

test('the time is linear in the length of hostile texts', () => {
  const texts = ['{', 'm{', 'm{a="', 'm{a="1",', 'm ', '\\', 'm{a="\\', '\n', 'm{ '];
  for (const part of texts) {
    const time = (length: number): number => {
      const text = `m${part.repeat(length / part.length)}`;
      const start = performance.now();
      read(text);
      return performance.now() - start;
    };
    time(100_000);
    const [short, long] = [Math.min(time(250_000), time(250_000)), time(4_000_000)];
    // A quadratic parser would take 256 times as long.
    assert.ok(long < 100 * Math.max(short, 1), `${part}: ${short} ms and ${long} ms`);
  }
});
