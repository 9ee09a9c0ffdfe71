import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import type { IncomingHttpHeaders } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test, type TestContext } from 'node:test';
import { formatReport } from '../../src/cli/check/checkReport.ts';
import { checkCommand } from '../../src/cli/check.ts';
import { CommandError, UsageError } from '../../src/cli/command/exit.ts';
import { openSqlite } from '../../src/transport/sqlite/sqlite.ts';
import { createAuthority, createCertificate } from '../kit/brokers/certificates.ts';
import { checkConnect } from '../kit/processes/checkResults.ts';
import { createCommandContext, runCommand } from '../kit/processes/commandContext.ts';
import { freePorts } from '../kit/processes/ports.ts';
import { startHttpRuntime } from '../kit/runtimes/httpRuntime.ts';
import { startScriptedRuntime } from '../kit/runtimes/scriptedRuntime.ts';
import { openSocketServer, temporarySocketPath } from '../kit/runtimes/socketServer.ts';
import { startCollector, takesAll } from '../kit/telemetry/collector.ts';

async function makeDirectory(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'asya-check-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

const MEMORY = { ASYA_TRANSPORT: 'memory' };
const SKIP_RUNTIME = ['--skip', 'runtime'];
const ONLY_RUNTIME = ['--skip', 'broker', '--skip', 'collector'];

// The database of the transport `sqlite`.

test('a database that does not exist is missing, and is not created', async (t) => {
  const directory = await makeDirectory(t);
  const path = join(directory, 'queues.db');
  const sqlite = { ASYA_TRANSPORT: 'sqlite', ASYA_SQLITE_PATH: path };
  const { code, results } = await checkConnect(sqlite, SKIP_RUNTIME);
  assert.equal(code, 0);
  assert.deepEqual(results.get('database file'), {
    result: 'missing',
    detail: `${path}: created at the start`,
  });
  assert.equal(results.get('file system')?.result, 'ok');
  assert.match(results.get('disk space')?.detail ?? '', /^\d+ MiB free$/);
  assert.deepEqual(await readdir(directory), []);
});

test('a database of a sidecar is ok, and is not changed', async (t) => {
  const directory = await makeDirectory(t);
  const path = join(directory, 'queues.db');
  const topology = { actor: 'a', happyEnd: 'h', errorEnd: 'e', retryDelaysMs: [] };
  const transport = await openSqlite({ path, topology, onState: () => {} });
  await transport.close();
  const files = await readdir(directory);
  const sqlite = { ASYA_TRANSPORT: 'sqlite', ASYA_SQLITE_PATH: path };
  const { code, results } = await checkConnect(sqlite, SKIP_RUNTIME);
  assert.deepEqual(
    [code, results.get('database file')],
    [0, { result: 'ok', detail: `${path}: writable` }],
  );
  assert.deepEqual(await readdir(directory), files);
});

test('an unusable path of a database is a failure with the reason', async (t) => {
  const directory = await makeDirectory(t);
  const foreign = join(directory, 'foreign.db');
  const other = new DatabaseSync(foreign);
  other.exec('CREATE TABLE other (id); PRAGMA user_version = 7');
  other.close();
  const text = join(directory, 'text.db');
  await writeFile(text, 'not a database, but a text '.repeat(40));
  const later = join(directory, 'later.db');
  const newer = new DatabaseSync(later);
  newer.exec('CREATE TABLE t (id); PRAGMA application_id = 0x41737961; PRAGMA user_version = 9');
  newer.close();
  const cases = [
    [foreign, /database of another program/],
    [text, /not a database/],
    [later, /unsupported layout version 9/],
    [directory, /is not a file$/],
    [join(directory, 'none', 'queues.db'), /ENOENT/],
  ] as const;
  for (const [path, reason] of cases) {
    const sqlite = { ASYA_TRANSPORT: 'sqlite', ASYA_SQLITE_PATH: path };
    const { code, results } = await checkConnect(sqlite, SKIP_RUNTIME);
    const { result, detail } = results.get('database file') ?? { result: '', detail: '' };
    assert.deepEqual([code, result], [1, 'failed'], path);
    assert.match(detail, reason);
  }
});

test('a database that may not be written is a failure', async (t) => {
  if (process.getuid?.() === 0) return t.skip('root may write every file');
  const path = join(await makeDirectory(t), 'queues.db');
  await writeFile(path, '');
  await chmod(path, 0o400);
  const sqlite = { ASYA_TRANSPORT: 'sqlite', ASYA_SQLITE_PATH: path };
  const { results } = await checkConnect(sqlite, SKIP_RUNTIME);
  assert.match(results.get('database file')?.detail ?? '', /EACCES/);
});

// The runtime.

test('a runtime that listens is ok, and its call is not checked without a payload', async (t) => {
  const { socketPath, sockets } = await openSocketServer(t, () => {});
  await writeFile(join(dirname(socketPath), 'runtime-ready'), '');
  const runtime = { ...MEMORY, ASYA_SOCKET_DIR: dirname(socketPath) };
  const { code, results } = await checkConnect(runtime, ONLY_RUNTIME);
  assert.equal(code, 0);
  assert.deepEqual(results.get('runtime socket'), { result: 'ok', detail: socketPath });
  assert.match(results.get('runtime ready file')?.detail ?? '', /runtime-ready exists$/);
  assert.equal(results.get('runtime call')?.result, 'not checked');
  assert.equal(sockets.length, 1);
});

test('an absent runtime is a failure, of the call too', async (t) => {
  const socketPath = await temporarySocketPath(t);
  const runtime = { ...MEMORY, ASYA_SOCKET_DIR: dirname(socketPath) };
  const { code, results } = await checkConnect(runtime, [...ONLY_RUNTIME, '--payload', '1']);
  assert.equal(code, 1);
  const absent = { result: 'failed', detail: `the socket ${socketPath} does not exist` };
  assert.deepEqual(results.get('runtime socket'), absent);
  assert.deepEqual(results.get('runtime call'), absent);
});

test('the call shows the start of the reply in one line, or the error', async (t) => {
  const socketPath = await temporarySocketPath(t);
  const runtime = await startScriptedRuntime(socketPath, () => '');
  t.after(() => runtime.stop());
  const environment = {
    ...MEMORY,
    ASYA_SOCKET_DIR: dirname(socketPath),
    ASYA_RUNTIME_TIMEOUT: '1s',
  };
  const call = async (answer: string) => {
    runtime.script = () => answer;
    const args = [...ONLY_RUNTIME, '--payload', '{"n": 1}'];
    const { code, results } = await checkConnect(environment, args);
    return [code, results.get('runtime call')] as const;
  };
  assert.deepEqual(await call('{"a":\n  "\u009b31m"}'), [
    0,
    { result: 'ok', detail: '{"a": "\\u009b31m"}' },
  ]);
  assert.equal(runtime.calls.at(-1), '{"n": 1}');
  assert.deepEqual(await call('[1,2]'), [0, { result: 'ok', detail: '2 items, the first: 1' }]);
  assert.deepEqual(await call('[]'), [0, { result: 'ok', detail: 'an empty reply' }]);
  const [, long] = await call(JSON.stringify('x'.repeat(10_000)));
  assert.equal(long?.detail, `"${'x'.repeat(199)}…`);
  assert.deepEqual(await call('{"error":"ValueError","message":"no good"}'), [
    1,
    { result: 'failed', detail: 'runtime_error: ValueError: no good' },
  ]);
  const keyError = { error: 'processing_error', message: "'price'", type: 'KeyError' };
  const [, raised] = await call(JSON.stringify(keyError));
  assert.equal(raised?.detail, "runtime_error: KeyError: 'price'");
  const [code, silent] = await call('hang');
  assert.equal(code, 1);
  assert.match(silent?.detail ?? '', /^runtime_timeout: .*1000 ms/);
});

test('the call uses the configured protocol', async (t) => {
  const socketPath = await temporarySocketPath(t);
  const runtime = await startHttpRuntime(socketPath, (payload) => payload);
  t.after(() => runtime.stop());
  const environment = {
    ...MEMORY,
    ASYA_SOCKET_DIR: dirname(socketPath),
    ASYA_RUNTIME_PROTOCOL: 'http',
  };
  const { results } = await checkConnect(environment, [...ONLY_RUNTIME, '--payload', '{"n":1}']);
  assert.deepEqual(results.get('runtime call'), { result: 'ok', detail: '{"n":1}' });
});

test('the call has the time limit of the runtime', async (t) => {
  const socketPath = await temporarySocketPath(t);
  const runtime = await startScriptedRuntime(socketPath, () => '{"n":2}');
  t.after(() => runtime.stop());
  const environment = { ...MEMORY, ASYA_SOCKET_DIR: dirname(socketPath) };
  const args = [...ONLY_RUNTIME, '--payload', '1', '--timeout', '1ms'];
  const { results } = await checkConnect(environment, args);
  assert.deepEqual(results.get('runtime call'), { result: 'ok', detail: '{"n":2}' });
});

test('with batches, the call is a batch of one', async (t) => {
  const socketPath = await temporarySocketPath(t);
  const runtime = await startScriptedRuntime(socketPath, () => '[{"n":2}]');
  t.after(() => runtime.stop());
  const environment = { ...MEMORY, ASYA_SOCKET_DIR: dirname(socketPath), ASYA_BATCH_SIZE: '8' };
  const { results } = await checkConnect(environment, [...ONLY_RUNTIME, '--payload', '1']);
  assert.deepEqual(results.get('runtime call'), { result: 'ok', detail: '{"n":2}' });
  assert.deepEqual(runtime.calls, ['[1]']);
  runtime.script = () => '{"n":2}';
  const wrong = await checkConnect(environment, [...ONLY_RUNTIME, '--payload', '1']);
  assert.deepEqual(wrong.results.get('runtime call'), {
    result: 'failed',
    detail:
      'reply_invalid: the reply to a batch must be an array of 1 element: it is an object without the key error',
  });
});

test('an end without a runtime has nothing to check', async () => {
  const environment = {
    ...MEMORY,
    ASYA_ACTOR_NAME: 'happy-end',
    ASYA_RUNTIME_PROTOCOL: 'none',
  };
  const { code, results } = await checkConnect(environment, ONLY_RUNTIME);
  assert.deepEqual([code, results.get('runtime')?.result], [0, 'not checked']);
});

// The collector.

test('the collector receives one empty request for each signal', async (t) => {
  const collector = await startCollector(t, takesAll);
  const environment = {
    ...MEMORY,
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_EXPORTER_OTLP_LOGS_PROTOCOL: 'http/json',
    OTEL_METRICS_EXPORTER: 'none',
  };
  const { code, results } = await checkConnect(environment, SKIP_RUNTIME);
  assert.equal(code, 0);
  assert.deepEqual(results.get('collector traces'), {
    result: 'ok',
    detail: `${collector.url}/v1/traces: HTTP 200`,
  });
  assert.deepEqual(
    [...collector.requests],
    [
      ['/v1/traces', ['']],
      ['/v1/logs', ['{}']],
    ],
  );
});

test('a collector that refuses, is absent, or never answers is a failure', async (t) => {
  const refusing = await startCollector(t, (response) =>
    response.writeHead(404).end('404 page\nnot found'),
  );
  const mute = await startCollector(t, () => {});
  const [port] = await freePorts(1);
  const environment = {
    ...MEMORY,
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${refusing.url}/x?token=secret`,
    OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: `http://user:secret@127.0.0.1:${port}/v1/metrics`,
    OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: mute.url,
  };
  const { code, results } = await checkConnect(environment, [...SKIP_RUNTIME, '--timeout', '2s']);
  assert.equal(code, 1);
  const detailOf = (signal: string): string | undefined =>
    results.get(`collector ${signal}`)?.detail;
  assert.equal(detailOf('traces'), `${refusing.url}/x: HTTP 404 404 page not found`);
  assert.match(
    detailOf('metrics') ?? '',
    /^http:\/\/127\.0\.0\.1:\d+\/v1\/metrics: .*ECONNREFUSED/,
  );
  assert.equal(detailOf('logs'), `${mute.url}: no answer in 2s`);
});

test('each endpoint has the whole time limit, to the end of its answer', async (t) => {
  const endless = await startCollector(t, (response) => void response.writeHead(200).write('{'));
  const mute = await startCollector(t, () => {});
  const environment = {
    ...MEMORY,
    OTEL_EXPORTER_OTLP_ENDPOINT: endless.url,
    OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: mute.url,
  };
  const { code, results } = await checkConnect(environment, [
    ...SKIP_RUNTIME,
    '--timeout',
    '300ms',
  ]);
  assert.equal(code, 1);
  for (const signal of ['traces', 'metrics', 'logs']) {
    assert.match(results.get(`collector ${signal}`)?.detail ?? '', /: no answer in 300ms$/, signal);
  }
});

test('the collector receives the configured headers over TLS', async (t) => {
  const authority = createAuthority('check authority');
  const { cert, key } = createCertificate('localhost', authority);
  const received: IncomingHttpHeaders[] = [];
  const server = createHttpsServer({ cert, key }, (request, response) => {
    received.push(request.headers);
    response.end();
  });
  server.listen(0);
  await once(server, 'listening');
  t.after(() => server.close());
  const ca = join(await makeDirectory(t), 'ca.pem');
  await writeFile(ca, authority.cert);
  const environment = {
    ...MEMORY,
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `https://localhost:${(server.address() as AddressInfo).port}`,
    OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20secret,malformed',
  };
  const untrusted = await checkConnect(environment, SKIP_RUNTIME);
  assert.match(untrusted.results.get('collector traces')?.detail ?? '', /certificate/);
  const trusted = { ...environment, OTEL_EXPORTER_OTLP_CERTIFICATE: ca };
  const { code, results } = await checkConnect(trusted, SKIP_RUNTIME);
  assert.deepEqual([code, results.get('collector traces')?.result], [0, 'ok']);
  assert.deepEqual(
    received.map(({ authorization }) => authorization),
    ['Bearer secret'],
  );
});

test('a collector of gRPC is only connected to', async (t) => {
  const server = createServer((socket) => void socket.resume());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const environment = {
    ...MEMORY,
    OTEL_EXPORTER_OTLP_ENDPOINT: address,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
    OTEL_LOGS_EXPORTER: 'none',
    ASYA_TRACE_FILE: join(await makeDirectory(t), 'traces.jsonl'),
  };
  const { code, results } = await checkConnect(environment, SKIP_RUNTIME);
  assert.equal(code, 0);
  assert.match(results.get('collector metrics')?.detail ?? '', /connected; .* not checked$/);
  assert.deepEqual(
    [results.has('collector traces'), results.has('collector logs')],
    [false, false],
  );
});

test('without an endpoint, or with a disabled SDK, no collector is configured', async () => {
  for (const otel of [
    {},
    { OTEL_SDK_DISABLED: 'true', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' },
  ]) {
    const { results } = await checkConnect({ ...MEMORY, ...otel }, SKIP_RUNTIME);
    assert.deepEqual(results.get('collector'), { result: 'ok', detail: 'not configured' });
  }
});

// The command.

test('the table has one line for each check, and a last line that summarizes them', () => {
  const results = [
    { check: 'login', result: 'ok', detail: 'user "guest"' },
    { check: 'queue asya-infer', result: 'missing', detail: 'declared at the start' },
  ] as const;
  assert.equal(
    formatReport(results, { width: undefined, colour: false }),
    `login             ok       user "guest"
queue asya-infer  missing  declared at the start

ready to start
`,
  );
  const failed = { check: 'runtime', result: 'failed', detail: 'a\u001b[31m '.repeat(20) } as const;
  const lines = formatReport([...results, failed, failed], { width: 80, colour: false }).split(
    '\n',
  );
  assert.equal(lines.at(-2), '2 checks failed');
  for (const line of lines) assert.ok(line.length <= 80 && !line.includes('\u001b'), line);
  const coloured = formatReport([failed], { width: undefined, colour: true });
  assert.ok(coloured.includes('\u001b[31mfailed\u001b'), coloured);
});

test('invalid options are usage errors that name the option', async () => {
  const cases = [
    [['--json'], '--json requires --connect'],
    [['--payload', '1'], '--payload requires --connect'],
    [['--connect', '--skip', 'queue'], '--skip must be broker, runtime, collector, not "queue"'],
    [
      ['--connect', '--timeout', '5'],
      '--timeout must be a duration from 1ms to 24 days, such as 30s, not "5"',
    ],
    [['--connect', '--payload', '{"a"'], '--payload: JSON: expected ":" at byte 4, the text ends'],
    [['--connect', '--payload', '1 2'], '--payload: one document expected'],
    [
      ['--connect', '--payload', '1,"id":"x"'],
      '--payload: JSON: expected a value at byte 1, found ","',
    ],
  ] as const;
  for (const [args, message] of cases) {
    const run = runCommand(checkCommand, args, {
      environment: { ...MEMORY, ASYA_ACTOR_NAME: 'infer' },
    });
    await assert.rejects(run, (error) => error instanceof UsageError && error.message === message);
  }
});

test('the parts that are not checked yet are shown as the progress', async (t) => {
  const socketPath = await temporarySocketPath(t);
  const { context } = createCommandContext({
    environment: { ...MEMORY, ASYA_ACTOR_NAME: 'infer', ASYA_SOCKET_DIR: dirname(socketPath) },
  });
  const shown: string[] = [];
  const terminal = { ...context.terminal, progress: (text: string) => void shown.push(text) };
  await checkCommand.run(['--connect', '--skip', 'collector'], { ...context, terminal });
  assert.equal(shown[0], 'checking broker, runtime …');
  assert.equal(shown.length, 2);
});

test('a signal ends the command while the runtime works on the call', async (t) => {
  const socketPath = await temporarySocketPath(t);
  const called = Promise.withResolvers<void>();
  const runtime = await startScriptedRuntime(socketPath, () => {
    called.resolve();
    return 'hang';
  });
  t.after(() => runtime.stop());
  const stop = new AbortController();
  const running = runCommand(checkCommand, ['--connect', ...ONLY_RUNTIME, '--payload', '1'], {
    environment: { ...MEMORY, ASYA_ACTOR_NAME: 'infer', ASYA_SOCKET_DIR: dirname(socketPath) },
    stopped: stop.signal,
  });
  await called.promise;
  stop.abort();
  await assert.rejects(running, new CommandError('stopped by a signal'));
  runtime.release('1');
});
