import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { test, type TestContext } from 'node:test';
import { gzipSync } from 'node:zlib';
import { CommandError, UsageError } from '../../src/cli/command/exit.ts';
import { traceCommand } from '../../src/cli/trace.ts';
import { runCommand } from '../kit/processes/commandContext.ts';

/** An OTLP request with one hop, as a collector writes it. */
function request(journey: string, spanId: string, end?: string): string {
  const attributes = [
    { key: 'asya.journey.id', value: { stringValue: journey } },
    { key: 'asya.actor', value: { stringValue: 'infer' } },
    ...(end === undefined ? [] : [{ key: 'asya.end', value: { stringValue: end } }]),
  ];
  const times = {
    startTimeUnixNano: '1795469174164000000',
    endTimeUnixNano: '1795469174174000000',
  };
  const span = { traceId: 'a', spanId, name: 'process infer', kind: 5, ...times, attributes };
  return JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] });
}

function setup(t: TestContext, ...contents: string[]) {
  const directory = mkdtempSync(join(tmpdir(), 'asya-trace-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const files = contents.map((content, index) => {
    const file = join(directory, `${index}.jsonl`);
    writeFileSync(file, content);
    return file;
  });
  return {
    files,
    run: (...args: string[]) => runCommand(traceCommand, args),
    pipe: (stdin: Buffer, ...args: string[]) =>
      runCommand(traceCommand, args, { stdin: Readable.from([stdin]) }),
  };
}

test('the only journey of several files is drawn', async (t) => {
  const { files, run } = setup(t, `${request('env-1', '1')}\n`, `${request('env-1', '2')}\n`);
  const { code, out } = await run(...files);
  assert.equal(code, 0);
  assert.match(out, /^journey env-1 · 2 hops/);
});

test('several journeys are listed, and --journey draws one of them', async (t) => {
  const spans = [
    request('env-1', '1'),
    request('env-2', '2', 'happy-end'),
    request('env-2', '3', 'error-end'),
    request('env-2', '4', 'happy-end'),
  ];
  const { files, run } = setup(t, spans.join('\n'));
  const { out } = await run(...files);
  assert.match(out, /^began +duration +hops +ended at +journey\n/);
  assert.match(out, /^2026-11-23T.*Z +10 ms +1 +under way +env-1$/m);
  assert.match(out, /^2026-11-23T.*Z +10 ms +3 +error-end, happy-end +env-2$/m);
  assert.match((await run(...files, '--journey', 'env-2')).out, /^journey env-2 · 3 hops ·/);
});

test('a journey that no file contains is an error', async (t) => {
  const { files, run } = setup(t, request('env-1', '1'));
  const [file = ''] = files;
  await assert.rejects(
    run(file, '--journey', 'env-9'),
    new CommandError(`no journey "env-9" in ${file}`),
  );
});

test('lines that are not OTLP requests are reported and skipped', async (t) => {
  const complete = request('env-1', '1');
  const { files, run } = setup(t, `${complete}\n[]\n{"half`);
  const { code, out, err } = await run(...files);
  assert.equal(code, 0);
  assert.match(out, /^journey env-1/);
  assert.equal(err, `${files[0]}:2 and 1 more lines: skipped, not an OTLP request in JSON\n`);
});

test('the error for a missing file names the file', async (t) => {
  const { run } = setup(t);
  await assert.rejects(run('/no/such/file'), /^CommandError: cannot read \/no\/such\/file: ENOENT/);
});

test('a trace without a file is a usage error', async (t) => {
  const { run } = setup(t);
  await assert.rejects(run(), new UsageError('at least one FILE is required'));
});

test('a file without any span is an error that mentions --log', async (t) => {
  const { files, run } = setup(t, `${logLine({ id: 'env-1' })}\n`);
  await assert.rejects(
    run(...files),
    new CommandError(`${files[0]}: no OTLP request in JSON; for the log of a sidecar, use --log`),
  );
});

test('"-" is standard input, and gzip is decompressed', async (t) => {
  const { pipe, run, files } = setup(t);
  const traces = Buffer.from(request('env-1', '1'));
  assert.match((await pipe(traces, '-')).out, /^journey env-1/);
  assert.match((await pipe(gzipSync(traces), '-')).out, /^journey env-1/);
  const logs = Buffer.from(logLine({ id: 'env-2' }));
  assert.match((await pipe(gzipSync(logs), '--log', '-')).out, /^journey env-2/);
  await assert.rejects(
    pipe(traces, '-', '-'),
    new CommandError('cannot read -: standard input can be read only once'),
  );
  assert.deepEqual(files, []);
  await assert.rejects(run('--log', '/no/such'), /^CommandError: cannot read \/no\/such: ENOENT/);
});

interface Logged {
  readonly id: string;
  readonly ago?: number;
  readonly [field: string]: unknown;
}

/** A hop that ended some milliseconds ago, as a sidecar logs it. */
function logLine({ id, ago = 0, ...more }: Logged): string {
  return JSON.stringify({
    level: 'info',
    time: new Date(Date.now() - ago).toISOString(),
    actor: 'infer',
    journey_id: id,
    envelope_id: id,
    outcome: 'end',
    attempt: 1,
    hops: 0,
    duration_ms: 10,
    ...more,
  });
}

const FAILED = { outcome: 'error_end', level: 'error', code: 'runtime_error' };
const RETRIED = { outcome: 'retry', level: 'warn', code: 'runtime_error' };

const LOG = [
  logLine({ id: 'old', ago: 7_200_000, ...FAILED }),
  logLine({ id: 'slow', ago: 1_000, duration_ms: 8_000 }),
  logLine({ id: 'retried', ago: 900, ...RETRIED }),
  logLine({ id: 'retried', ago: 500, attempt: 2 }),
  logLine({ id: 'failed', ago: 400, ...FAILED, duration_ms: 6_000 }),
  logLine({ id: 'other', ago: 300, actor: 'post' }),
].join('\n');

const SELECTED: readonly (readonly [options: readonly string[], journeys: readonly string[]])[] = [
  [[], ['old', 'slow', 'failed', 'retried', 'other']],
  [['--failed'], ['old', 'failed']],
  [
    ['--slow', '5s'],
    ['slow', 'failed'],
  ],
  [
    ['--actor', 'infer'],
    ['old', 'slow', 'failed', 'retried'],
  ],
  [
    ['--since', '1h'],
    ['slow', 'failed', 'retried', 'other'],
  ],
  [
    ['--since', '1h', '--slow', '5s', '--actor', 'infer'],
    ['slow', 'failed'],
  ],
];

for (const [options, journeys] of SELECTED) {
  test(`trace --log ${options.join(' ')} lists ${journeys.join(', ')}, by time`, async (t) => {
    const { files, run } = setup(t, LOG);
    const { code, out } = await run('--log', ...options, ...files);
    assert.equal(code, 0);
    if (journeys.length === 1) return assert.match(out, new RegExp(`^journey ${journeys[0]} `));
    const rows = out.split('\n').slice(1, 1 + journeys.length);
    assert.deepEqual(
      rows.map((row) => row.split(/ +/).at(-1)),
      journeys,
    );
    assert.equal(out.split('\n').length, journeys.length + 4);
  });
}

test('--limit lists the newest journeys and reports how many there are', async (t) => {
  const { files, run } = setup(t, LOG);
  const { out } = await run('--log', '--limit', '2', ...files);
  const rows = out.split('\n');
  assert.deepEqual(
    rows.slice(1, 3).map((row) => row.split(/ +/).at(-1)),
    ['retried', 'other'],
  );
  assert.deepEqual(rows.slice(3), [
    '',
    'the newest 2 of 5 journeys',
    'draw one with --journey ID',
    '',
  ]);
  await assert.rejects(
    run('--log', '--limit', '0', ...files),
    new UsageError('--limit must be a positive integer, not "0"'),
  );
});

test('a terminal lists 50 journeys and shortens ids, which --journey accepts', async (t) => {
  const ids = Array.from({ length: 60 }, (_, index) => `sha256-${String(index).repeat(28)}`);
  const log = ids.map((id, index) => logLine({ id, ago: 1_000 - index })).join('\n');
  const { files } = setup(t, log);
  const run = (...args: string[]) =>
    runCommand(traceCommand, ['--log', ...files, ...args], { width: 80 });
  const { out } = await run();
  const rows = out.split('\n').slice(1, 51);
  assert.ok(out.split('\n').every(({ length }) => length <= 80));
  assert.match(out, /^the newest 50 of 60 journeys$/m);
  const shortened = rows.at(-1)?.split(/ +/).at(-1) ?? '';
  assert.match(shortened, /^sha256-.*….*59$/);
  assert.match((await run('--journey', shortened)).out, /^journey sha256-5959/);
});

test('the list names the actor that an envelope waits for', async (t) => {
  const sent = { outcome: 'forward', destination: 'geo', dispatched: 1 };
  const log = [logLine({ id: 'a', ...sent }), logLine({ id: 'b' })].join('\n');
  const { files, run } = setup(t, log);
  const { out } = await run('--log', ...files);
  assert.match(out, /^.* {2}1 {5}waits for geo {2}a$/m);
  assert.match(out, /^"waits for ACTOR": these files have no later hop that ended there$/m);
});

test('one selected journey is drawn', async (t) => {
  const { files, run } = setup(t, LOG);
  const { out } = await run('--log', '--failed', '--since', '1h', ...files);
  assert.match(out, /^journey failed · 1 hop · 6\.00 s ·/);
});

test('the error for no journey names the options', async (t) => {
  const { files, run } = setup(t, LOG);
  await assert.rejects(
    run('--log', '--failed', '--slow', '10s', '--actor', 'x', ...files),
    new CommandError(`no journey in ${files[0]} that matches --actor x --failed --slow 10s`),
  );
  await assert.rejects(
    run('--log', '--journey', 'a', '--journey', 'b', ...files),
    new CommandError(`no journey "a" or "b" in ${files[0]}`),
  );
  await assert.rejects(
    run('--log', '--journey', 'other', '--failed', ...files),
    new CommandError(`no journey "other" in ${files[0]} that matches --failed`),
  );
});

test('a log without a hop is an error that gives the format', async (t) => {
  const { files, run } = setup(t, '12:00:01 infer env-1 → post 12 ms\n');
  const rule = 'a sidecar logs hops with ASYA_LOG_FORMAT=json at the level info';
  await assert.rejects(run('--log', ...files), new CommandError(`no hop in ${files[0]}: ${rule}`));
});

test('an invalid time is a usage error that names the option', async (t) => {
  const { files, run } = setup(t, LOG);
  await assert.rejects(run(...files, '--slow', 'fast'), /^UsageError: --slow must be a duration/);
  await assert.rejects(run(...files, '--since', 'noon'), /^UsageError: --since must be a time/);
});
