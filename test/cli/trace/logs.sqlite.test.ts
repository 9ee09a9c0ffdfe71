import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { test, type TestContext } from 'node:test';
import type { Journey, Step } from '../../../src/cli/trace/journey.ts';
import { readLoggedJourneys, readTracedJourneys } from '../../../src/cli/trace/readJourneys.ts';
import { killOnExit } from '../../kit/processes/killOnExit.ts';
import { PROGRAM } from '../../kit/processes/program.ts';
import { runBin, type Variables } from '../../kit/processes/sidecarProcess.ts';
import { until } from '../../kit/processes/until.ts';
import { startScriptedRuntime } from '../../kit/runtimes/scriptedRuntime.ts';

const ENDS = { happyEnd: 'happy-end', errorEnd: 'error-end' };

/** The payload is the reply of `prep`; each item is a case of `infer`. */
const SENT: Readonly<Record<string, string>> = {
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

/** Runs a pipeline of four sidecars to the end of all journeys, and returns the names of files. */
async function runPipeline(t: TestContext): Promise<{ traces: string; logs: readonly string[] }> {
  const directory = await mkdtemp(join(tmpdir(), 'asya-logs-'));
  t.after(() => rm(directory, { recursive: true }));
  const traces = join(directory, 'traces.jsonl');
  const broker = { ASYA_TRANSPORT: 'sqlite', ASYA_SQLITE_PATH: join(directory, 'queues.db') };
  const variables: Variables = {
    ...broker,
    ASYA_METRICS_ADDR: '127.0.0.1:0',
    ASYA_TRACE_FILE: traces,
    ASYA_RETRY_MAX_ATTEMPTS: '2',
    ASYA_RETRY_BACKOFF: '20ms',
  };
  const logOf = (actor: string): string => join(directory, `${actor}.log`);
  const start = async (actor: string, more: Variables) => {
    const log = await open(logOf(actor), 'a');
    const env = { ...variables, ASYA_ACTOR_NAME: actor, ...more };
    const child = spawn(process.execPath, [PROGRAM], { env, stdio: ['ignore', log.fd, 'inherit'] });
    killOnExit(child);
    await log.close();
    await until(async () => (await readFile(logOf(actor), 'utf8')).includes('"started"'), actor);
    return child;
  };
  const scripts = { prep: (payload: string) => payload, infer: createInfer() };
  const children = [];
  for (const [actor, script] of Object.entries(scripts)) {
    const socket = join(directory, actor);
    await mkdir(socket);
    const runtime = await startScriptedRuntime(join(socket, 'asya-runtime.sock'), script);
    t.after(() => runtime.stop());
    children.push(await start(actor, { ASYA_SOCKET_DIR: socket }));
  }
  for (const actor of Object.values(ENDS))
    children.push(await start(actor, { ASYA_RUNTIME_PROTOCOL: 'none' }));

  const envelopes = Object.entries(SENT).map(
    ([id, payload]) =>
      `{"id":"${id}","route":{"actors":["prep","infer"],"current":0},"payload":${payload}}`,
  );
  const lost = '{"id":"lost","route":{"actors":["prep","nowhere"],"current":0},"payload":1}';
  assert.equal((await runBin(['send', '-'], broker, [...envelopes, lost].join('\n'))).code, 0);
  const ended = async (): Promise<number> => {
    const logs = await Promise.all(Object.values(ENDS).map((end) => readFile(logOf(end), 'utf8')));
    return logs.join('').match(/"hop: end"/g)?.length ?? 0;
  };
  await until(
    async () => (await ended()) === ARRIVALS,
    `${ARRIVALS} envelopes at the ends`,
    30_000,
  );
  const exits = children.map((child) => once(child, 'exit'));
  for (const child of children) child.kill('SIGTERM');
  await Promise.all(exits);
  return { traces, logs: ['prep', 'infer', ...Object.values(ENDS)].map(logOf) };
}

/** One line for each step, without times. Steps that began at about the same time are sorted. */
function describe(journey: Journey): string[] {
  const lines = (steps: readonly Step[], depth: number): string[] =>
    steps
      .map((step) => [describeStep(step, depth), ...lines(step.next, depth + 1)].join('\n'))
      .toSorted();
  const { id, hops, ends, traces, failed, actors } = journey;
  const title = `${id}: ${hops} hops, ${traces} traces, ${ends.join('+')}, ${failed ? 'failed' : 'ok'}`;
  return [title, [...actors].toSorted().join(), ...lines(journey.roots, 1)];
}

function describeStep({ span, calls, via }: Step, depth: number): string {
  const { attributes, failed, message } = span;
  const names = ['asya.actor', 'asya.attempt', 'asya.outcome', 'error.type', 'asya.end'];
  const values = names.map((name) => attributes.get(name) ?? '-');
  const error = failed ? ` "${message}"` : '';
  return `${'  '.repeat(depth)}${via ?? 'next'}: ${values.join(' ')} ${calls.length} calls${error}`;
}

test('the journeys in logs have the same structure as those in traces', async (t) => {
  const { traces, logs } = await runPipeline(t);
  const stdin = Readable.from([]);
  const warn = (line: string): void => assert.fail(line);
  const traced = await readTracedJourneys([traces], { stdin, warn });
  const logged = await readLoggedJourneys(logs, { stdin, ends: ENDS, journeyId: undefined });
  const sorted = (journeys: readonly Journey[]): string =>
    journeys
      .map((journey) => describe(journey).join('\n'))
      .toSorted()
      .join('\n\n');
  assert.equal(sorted(logged), sorted(traced));
  assert.equal(logged.length, Object.keys(SENT).length + 1);
  assert.match(sorted(logged), /^fanout: 8 hops, 1 traces, error-end\+happy-end, failed$/m);

  const twice = await readLoggedJourneys([...logs, ...logs], {
    stdin,
    ends: ENDS,
    journeyId: 'fanout',
  });
  assert.deepEqual(
    twice.map(({ id, hops }) => [id, hops]),
    [['fanout', 8]],
  );
});
