import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { killOnExit } from '../../kit/processes/killOnExit.ts';
import { PROGRAM } from '../../kit/processes/program.ts';
import { runBin, type Variables } from '../../kit/processes/sidecarProcess.ts';
import { until } from '../../kit/processes/until.ts';
import { startScriptedRuntime, type Script } from '../../kit/runtimes/scriptedRuntime.ts';

/** The queues of a pipeline. */
export interface Names {
  readonly prep: string;
  readonly infer: string;
  readonly happyEnd: string;
  readonly errorEnd: string;
  /** An actor without a queue. */
  readonly absent: string;
}

function freshNames(): Names {
  const run = randomUUID().slice(0, 8);
  return {
    prep: `prep-${run}`,
    infer: `infer-${run}`,
    happyEnd: `happy-${run}`,
    errorEnd: `error-${run}`,
    absent: `absent-${run}`,
  };
}

/** The payload is the reply of `prep`; each item is a case of `infer`. */
export const SENT: Readonly<Record<string, string>> = {
  plain: '"ok"',
  empty: 'null',
  fanout: '["ok","fails once","fails"]',
  nested: '["fans out","ok"]',
  deferred: '"deferred once"',
  spent: '"fails always"',
};
const ARRIVALS = 11;

const ERROR = { error: 'ValueError', message: 'on purpose' };

/** Answers a case; the first calls of some cases fail. */
function createInfer(): (payload: string) => string {
  const seen = new Set<string>();
  return (payload) => {
    const isFirst = !seen.has(payload);
    seen.add(payload);
    switch (payload) {
      case '"fans out"':
        return '[1,2]';
      case '"fails"':
        return JSON.stringify(ERROR);
      case '"fails once"':
        return isFirst ? JSON.stringify({ ...ERROR, retryable: true }) : '1';
      case '"fails always"':
        return JSON.stringify({ ...ERROR, retryable: true });
      case '"deferred once"':
        return isFirst ? JSON.stringify({ ...ERROR, retry_after_ms: 20 }) : '1';
      default:
        return '1';
    }
  };
}

/** A pipeline that has ended. */
export interface Pipeline {
  readonly names: Names;
  /** The file of the spans. */
  readonly traces: string;
  /** The files of the logs. */
  readonly logs: readonly string[];
}

/** Runs a pipeline of four sidecars to the end of all journeys. */
export async function runPipeline(t: TestContext, broker: Variables): Promise<Pipeline> {
  const directory = await mkdtemp(join(tmpdir(), 'asya-logs-'));
  t.after(() => rm(directory, { recursive: true }));
  const names = freshNames();
  const traces = join(directory, 'traces.jsonl');
  const shared: Variables = {
    ASYA_SQLITE_PATH: join(directory, 'queues.db'),
    ...broker,
    ASYA_ACTOR_HAPPY_END: names.happyEnd,
    ASYA_ACTOR_ERROR_END: names.errorEnd,
  };
  const logOf = (actor: string): string => join(directory, `${actor}.log`);
  const start = (actor: string, more: Variables): Promise<ChildProcess> =>
    startLogged(logOf(actor), {
      ...shared,
      ASYA_ACTOR_NAME: actor,
      ASYA_METRICS_ADDR: '127.0.0.1:0',
      ASYA_TRACE_FILE: traces,
      ASYA_RETRY_MAX_ATTEMPTS: '2',
      ASYA_RETRY_BACKOFF: '20ms',
      ...more,
    });
  const startActor = async (actor: string, script: Script): Promise<ChildProcess> => {
    const socket = join(directory, actor);
    await mkdir(socket);
    const runtime = await startScriptedRuntime(join(socket, 'asya-runtime.sock'), script);
    t.after(() => runtime.stop());
    return start(actor, { ASYA_SOCKET_DIR: socket });
  };
  const { prep, infer, happyEnd, errorEnd } = names;
  const children = [
    await startActor(prep, (payload) => payload),
    await startActor(infer, createInfer()),
    await start(happyEnd, { ASYA_RUNTIME_PROTOCOL: 'none' }),
    await start(errorEnd, { ASYA_RUNTIME_PROTOCOL: 'none' }),
  ];
  assert.equal((await runBin(['send', '-'], shared, envelopesFor(names))).code, 0);
  const ends = [happyEnd, errorEnd].map(logOf);
  await until(async () => (await countEnds(ends)) === ARRIVALS, 'envelopes at the ends', 30_000);
  await stopAll(children);
  return { names, traces, logs: [prep, infer, happyEnd, errorEnd].map(logOf) };
}

function envelopesFor({ prep, infer, absent }: Names): string {
  const envelopes = Object.entries(SENT).map(
    ([id, payload]) =>
      `{"id":"${id}","route":{"actors":["${prep}","${infer}"],"current":0},"payload":${payload}}`,
  );
  const lost = `{"id":"lost","route":{"actors":["${prep}","${absent}"],"current":0},"payload":1}`;
  return [...envelopes, lost].join('\n');
}

/** Starts a sidecar that logs to a file. Resolves when it is ready. */
async function startLogged(file: string, env: Variables): Promise<ChildProcess> {
  const log = await open(file, 'a');
  const child = spawn(process.execPath, [PROGRAM], { env, stdio: ['ignore', log.fd, 'inherit'] });
  killOnExit(child);
  await log.close();
  const isReady = async (): Promise<boolean> => {
    const [, port] = /"port":(\d+)/.exec(await readFile(file, 'utf8')) ?? [];
    return port !== undefined && (await fetch(`http://127.0.0.1:${port}/readyz`)).ok;
  };
  await until(isReady, `readiness of ${env['ASYA_ACTOR_NAME']}`, 20_000);
  return child;
}

async function stopAll(children: readonly ChildProcess[]): Promise<void> {
  const exits = children.map((child) => once(child, 'exit'));
  for (const child of children) child.kill('SIGTERM');
  await Promise.all(exits);
}

async function countEnds(files: readonly string[]): Promise<number> {
  const logs = await Promise.all(files.map((file) => readFile(file, 'utf8')));
  return logs.join('').match(/"hop: end"/g)?.length ?? 0;
}
