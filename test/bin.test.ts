import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test, type TestContext } from 'node:test';
import { startGrpcCollector } from './kit/telemetry/grpcCollector.ts';
import { freePorts } from './kit/processes/ports.ts';
import { PROGRAM } from './kit/processes/program.ts';
import {
  startScriptedRuntime,
  type Script,
  type ScriptedRuntime,
} from './kit/runtimes/scriptedRuntime.ts';
import {
  runBin,
  startSidecarProcess,
  type SidecarProcess,
  type Variables,
} from './kit/processes/sidecarProcess.ts';
import { until, within } from './kit/processes/until.ts';

interface Setup {
  readonly directory: string;
  /** The variables for a SQLite file in the directory. */
  readonly variables: Variables & { readonly ASYA_SQLITE_PATH: string };
  /** Starts the sidecar of an actor whose runtime's socket is in the directory. */
  readonly start: (actor: string) => Promise<SidecarProcess>;
  /** Starts a sidecar of an end without a runtime. */
  readonly startEnd: (more?: Variables) => Promise<SidecarProcess>;
  readonly startRuntime: (script: Script) => Promise<ScriptedRuntime>;
}

async function setup(t: TestContext): Promise<Setup> {
  const directory = await mkdtemp(join(tmpdir(), 'asya-bin-'));
  const closers = [() => rm(directory, { recursive: true })];
  t.after(async () => {
    for (const close of closers) await close();
  });
  const later = (close: () => Promise<void>): unknown => closers.unshift(close);
  const variables = { ASYA_TRANSPORT: 'sqlite', ASYA_SQLITE_PATH: join(directory, 'queues.db') };
  const start = async (more: Variables): Promise<SidecarProcess> => {
    const sidecar = await startSidecarProcess({ ...variables, ...more });
    later(sidecar.close);
    return sidecar;
  };
  return {
    directory,
    variables,
    start: (actor) => start({ ASYA_ACTOR_NAME: actor, ASYA_SOCKET_DIR: directory }),
    startEnd: (more) =>
      start({ ASYA_ACTOR_NAME: 'happy-end', ASYA_RUNTIME_PROTOCOL: 'none', ...more }),
    startRuntime: async (script) => {
      const runtime = await startScriptedRuntime(join(directory, 'asya-runtime.sock'), script);
      later(() => runtime.stop());
      return runtime;
    },
  };
}

function envelope(id: string, actor: string): string {
  return JSON.stringify({ id, route: { actors: [actor], current: 0 }, payload: { n: 1 } });
}

test('--version prints the version of the package', async () => {
  const manifest: unknown = JSON.parse(
    await readFile(new URL('../package.json', import.meta.url), 'utf8'),
  );
  const { version } = manifest as { version: string };
  assert.deepEqual(await runBin(['--version']), { code: 0, out: `${version}\n`, err: '' });
});

test('--check prints the effective values with secrets masked, and warnings', async () => {
  const variables = {
    ASYA_ACTOR_NAME: 'infer',
    ASYA_RABBITMQ_PASSWORD: 'hunter2',
    ASYA_PREFETCH: '9',
    ASYA_CONCURENCY: '9',
  };
  const { code, out, err } = await runBin(['--check'], variables);
  assert.equal(code, 0);
  assert.match(out, /^ASYA_ACTOR_NAME=infer$/m);
  assert.match(out, /^ASYA_RABBITMQ_PASSWORD=\*\*\*$/m);
  assert.doesNotMatch(out + err, /hunter2/);
  assert.match(out, /^ASYA_PREFETCH=9$/m);
  assert.match(err, /^warning: ASYA_CONCURENCY: unknown; did you mean ASYA_CONCURRENCY\?$/m);
  assert.match(err, /^warning: ASYA_PREFETCH \(9\) is more than twice ASYA_CONCURRENCY/m);
});

test('--check reports a trace file that cannot be written', async () => {
  const variables = { ASYA_ACTOR_NAME: 'infer', ASYA_TRACE_FILE: '/no/such/traces.jsonl' };
  const { code, err } = await runBin(['--check'], variables);
  assert.equal(code, 2);
  assert.match(
    err,
    /^ {2}ASYA_TRACE_FILE: must be a writable file in an existing directory: .*\(ENOENT\)$/m,
  );
});

test('a sidecar logs unknown variables at its start', async (t) => {
  const { startEnd } = await setup(t);
  const end = await startEnd({ ASYA_CONCURENCY: '9' });
  await end.logged('ASYA_CONCURENCY: unknown; did you mean ASYA_CONCURRENCY?');
});

test('an invalid configuration is reported with every problem, and the exit code is 2', async () => {
  const { code, out, err } = await runBin([], { ASYA_CONCURRENCY: '0' });
  assert.equal(code, 2);
  assert.equal(out, '');
  assert.match(err, /^ {2}ASYA_ACTOR_NAME: is required/m);
  assert.match(err, /^ {2}ASYA_CONCURRENCY: must be an integer from 1 to 65535: value was "0"$/m);
});

test('an invalid command line ends with exit code 2', async () => {
  const { code, err } = await runBin(['send', '--nope']);
  assert.equal(code, 2);
  assert.match(err, /^asya-sidecar: .*'--nope'.*; see asya-sidecar send --help\n$/);
});

test('a sidecar serves its health, its readiness and its metrics', async (t) => {
  const { startEnd } = await setup(t);
  const sidecar = await startEnd();
  assert.equal((await fetch(`${sidecar.url}/healthz`)).status, 200);
  const ready = await fetch(`${sidecar.url}/readyz`);
  assert.deepEqual(await ready.json(), { ready: true, problems: [] });
  assert.match(
    await (await fetch(`${sidecar.url}/metrics`)).text(),
    /asya_actor_build_info\{.*version=/,
  );
  sidecar.kill('SIGTERM');
  assert.equal(await sidecar.ended(), 0);
});

test('telemetry is exported by gRPC if OTEL_EXPORTER_OTLP_PROTOCOL is grpc', async (t) => {
  const { url, requests } = await startGrpcCollector(t);
  const { startEnd, variables } = await setup(t);
  const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' };
  const end = await startEnd(endpoint);
  await runBin(['send', '-'], variables, envelope('a', 'happy-end'));
  await end.logged('hop: end');
  end.kill('SIGTERM');
  assert.equal(await end.ended(), 0);
  const sent = [...requests].flatMap(([path, bodies]) =>
    bodies.map((body) => [path, body] as const),
  );
  for (const [service, content] of [
    ['TraceService', 'process happy-end'],
    ['MetricsService', 'asya_actor_messages_received_total'],
  ] as const) {
    assert.ok(
      sent.some(([path, body]) => path.includes(service) && body.includes(content)),
      service,
    );
  }
});

test('a port in use ends the second sidecar with exit code 1 and one line', async (t) => {
  const { startEnd, variables } = await setup(t);
  const sidecar = await startEnd();
  const { code, err } = await runBin([], {
    ...variables,
    ASYA_ACTOR_NAME: 'happy-end',
    ASYA_METRICS_ADDR: new URL(sidecar.url).host,
  });
  assert.equal(code, 1);
  assert.match(err, /^asya-sidecar: ASYA_METRICS_ADDR: cannot listen on .*EADDRINUSE.*\n$/);
});

test('a file that cannot be opened ends the sidecar with exit code 1 and one line', async (t) => {
  const { variables } = await setup(t);
  const { code, err } = await runBin([], {
    ...variables,
    ASYA_ACTOR_NAME: 'happy-end',
    ASYA_RUNTIME_PROTOCOL: 'none',
    ASYA_METRICS_ADDR: '127.0.0.1:0',
    ASYA_SQLITE_PATH: '/no/such/asya.db',
  });
  assert.equal(code, 1);
  assert.match(
    err,
    /^asya-sidecar: ASYA_SQLITE_PATH: cannot open "\/no\/such\/asya\.db": ENOENT.*\n$/,
  );
});

test('a sidecar whose file was deleted resumes with a new one', async (t) => {
  const { startEnd, variables } = await setup(t);
  const end = await startEnd();
  await rm(variables.ASYA_SQLITE_PATH);
  await end.logged('sqlite file deleted or replaced; opening the file at its path');
  await end.logged('sqlite file reopened');
  await end.ready();
  assert.equal((await runBin(['send', '-'], variables, envelope('a', 'happy-end'))).out, 'a\n');
  assert.equal((await end.logged('hop: end'))['envelope_id'], 'a');
});

test("/readyz reports that another program's database replaced the file", async (t) => {
  const { directory, startEnd, variables } = await setup(t);
  const end = await startEnd();
  const other = join(directory, 'other.db');
  const db = new DatabaseSync(other);
  db.exec('CREATE TABLE users (id INTEGER)');
  db.close();
  await rename(other, variables.ASYA_SQLITE_PATH);
  const { reason } = await end.logged('sqlite file unusable; retrying');
  assert.match(String(reason), /database of another program/);
  const ready = await fetch(`${end.url}/readyz`);
  const { problems } = (await ready.json()) as { problems: unknown[] };
  assert.deepEqual(
    [ready.status, problems],
    [503, ['broker: not connected', `broker: ${String(reason)}`]],
  );
});

test("another program's database ends the sidecar with exit code 1 and one line", async (t) => {
  const { variables } = await setup(t);
  const db = new DatabaseSync(variables.ASYA_SQLITE_PATH);
  db.exec('CREATE TABLE users (id INTEGER)');
  db.close();
  const { code, err } = await runBin(['send', '-'], variables, envelope('a', 'happy-end'));
  assert.equal(code, 1);
  assert.match(
    err,
    /^asya-sidecar: ASYA_SQLITE_PATH: cannot open ".*": database of another program .*\n$/,
  );
});

test('after SIGTERM a sidecar finishes its call and forwards the reply, then exits with 0', async (t) => {
  const { start, startEnd, startRuntime, variables } = await setup(t);
  const runtime = await startRuntime(() => 'hang');
  const sidecar = await start('prep');
  assert.equal((await runBin(['send', '-'], variables, envelope('a', 'prep'))).out, 'a\n');
  await until(() => runtime.calls.length === 1, 'the call');
  sidecar.kill('SIGTERM');
  await sidecar.logged('stopping; finishing the hops in flight');
  runtime.release('{"done":true}');
  assert.equal(await sidecar.ended(), 0);
  const end = await startEnd();
  assert.equal((await end.logged('hop: end'))['envelope_id'], 'a');
});

test('SIGHUP stops a sidecar as SIGTERM does', async (t) => {
  const { startEnd } = await setup(t);
  const sidecar = await startEnd();
  sidecar.kill('SIGHUP');
  assert.equal(
    (await sidecar.logged('stopping; finishing the hops in flight'))['signal'],
    'SIGHUP',
  );
  assert.equal(await sidecar.ended(), 0);
});

test('SIGTERM while the program is loading ends it with exit code 0', async (t) => {
  const { variables } = await setup(t);
  const hook = new URL('./fixtures/stopWhileLoading.ts', import.meta.url).href;
  const { code, out } = await runBin([], {
    ...variables,
    ASYA_ACTOR_NAME: 'happy-end',
    ASYA_RUNTIME_PROTOCOL: 'none',
    ASYA_METRICS_ADDR: '127.0.0.1:0',
    NODE_OPTIONS: `--import=${hook}`,
  });
  assert.equal(code, 0);
  assert.match(out, /"signal":"SIGTERM"/);
});

test('SIGTERM while the SQLite file is locked ends the sidecar with exit code 0', async (t) => {
  const { variables, directory } = await setup(t);
  const file = new DatabaseSync(join(directory, 'queues.db'));
  file.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  t.after(() => file.close());
  const [port = 0] = await freePorts(1);
  const child = spawn(process.execPath, [PROGRAM], {
    env: {
      ...variables,
      ASYA_ACTOR_NAME: 'happy-end',
      ASYA_RUNTIME_PROTOCOL: 'none',
      ASYA_METRICS_ADDR: `127.0.0.1:${port}`,
      ASYA_CONFIRM_TIMEOUT: '10m',
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  t.after(() => child.kill('SIGKILL'));
  const ended = once(child, 'exit');
  const isAlive = (): Promise<boolean> =>
    fetch(`http://127.0.0.1:${port}/healthz`).then(
      ({ ok }) => ok,
      () => false,
    );
  await until(isAlive, 'the port');
  child.kill('SIGTERM');
  assert.deepEqual(await within(ended, 'the end'), [0, null]);
});

test('a second signal ends the sidecar during a call', async (t) => {
  const { start, startRuntime, variables } = await setup(t);
  const runtime = await startRuntime(() => 'hang');
  const sidecar = await start('prep');
  await runBin(['send', '-'], variables, envelope('a', 'prep'));
  await until(() => runtime.calls.length === 1, 'the call');
  sidecar.kill('SIGTERM');
  await sidecar.logged('stopping; finishing the hops in flight');
  sidecar.kill('SIGINT');
  assert.equal(await sidecar.ended(), 1);
});

test('a failed envelope is replayed to the actor after the actor was fixed', async (t) => {
  const { start, startRuntime, variables } = await setup(t);
  const failure = JSON.stringify({
    error: 'ValueError',
    message: 'on purpose',
    type: 'ValueError',
  });
  const runtime = await startRuntime(() => failure);
  const sidecar = await start('prep');
  await runBin(['send', '-'], variables, envelope('a', 'prep'));
  await sidecar.logged('hop: error_end');

  runtime.script = () => '{"fixed":true}';
  const dry = await runBin(['replay', '--dry-run'], variables);
  assert.match(dry.out, /^a +runtime_error +prep +would be replayed$/m);
  const replay = await runBin(['replay', '--code', 'runtime_error'], variables);
  assert.equal(replay.code, 0, replay.err);
  assert.match(replay.out, /^a +runtime_error +prep +replayed$/m);
  assert.equal((await sidecar.logged('hop: forward'))['envelope_id'], 'a');
  assert.deepEqual(runtime.calls, ['{"n":1}', '{"n":1}']);
  assert.equal(
    (await runBin(['replay', '--all'], variables)).out,
    'there is nothing in "error-end"\n',
  );
});
