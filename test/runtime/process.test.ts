import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { joinCalls } from '../../src/runtime/batch/joinCalls.ts';
import { openRuntime } from '../../src/runtime/open.ts';
import type { Runtime, RuntimeState } from '../../src/runtime/runtime.ts';
import { lateCompletionOf } from '../kit/runtimes/lateCompletion.ts';
import { request } from '../kit/runtimes/request.ts';
import { startRuntimeProcess, type RuntimeProcess } from '../kit/processes/runtimeProcess.ts';
import { temporarySocketPath } from '../kit/runtimes/socketServer.ts';

const PROTOCOLS = ['payload', 'envelope', 'http'] as const;
type Protocol = (typeof PROTOCOLS)[number];

/** Returns its payload. The payload `wait` waits for the file `release` in the socket directory. */
const ACTOR = `
import os, time
def handle(payload, headers=None):
    if payload != "wait": return payload
    print("waiting", flush=True)
    while not os.path.exists(os.path.join(os.environ["ASYA_SOCKET_DIR"], "release")): time.sleep(0.005)
    return "released"
`;
import { unixEndpoint } from '../kit/runtimes/endpoints.ts';

for (const protocol of PROTOCOLS) {
  test(`${protocol}: a call has crashed if the runtime is killed during it`, async (t) => {
    const { runtime, process } = await setup(t, protocol);
    const call = runtime.call(request({ payload: '"wait"' }));
    await process.printed('waiting');
    await process.kill('SIGKILL');
    const reply = await call;
    assert.ok(
      reply.kind === 'failed' && reply.fault.code === 'runtime_crashed',
      JSON.stringify(reply),
    );
    assert.equal((await runtime.call(request())).kind, 'absent');
  });

  test(`${protocol}: a runtime that is killed between two calls is absent until it is restarted`, async (t) => {
    const { runtime, process, states, start, untilReady } = await setup(t, protocol);
    assert.equal((await runtime.call(request())).kind, 'answered');
    await process.kill('SIGKILL');
    const reply = await runtime.call(request());
    assert.ok(
      reply.kind === 'absent' && reply.reason.startsWith('no process listens'),
      JSON.stringify(reply),
    );
    assert.equal(states.at(-1)?.ready, false);
    await start();
    await untilReady();
    assert.equal((await runtime.call(request())).kind, 'answered');
  });
}

test('calls that wait behind a timed-out call do not time out', async (t) => {
  const { runtime, process, states, release, untilReady } = await setup(t, 'payload');
  const slow = runtime.call(request({ payload: '"wait"', timeoutMs: 500 }));
  await process.printed('waiting');
  const behind = [1, 2, 3].map((n) => runtime.call(request({ payload: `${n}`, timeoutMs: 1 })));
  const reply = await slow;
  assert.ok(reply.kind === 'failed' && reply.fault.code === 'runtime_timeout');

  // The only thread of the runtime is busy, so waiting and further calls are rejected.
  for (const call of behind) assert.equal((await call).kind, 'absent');
  assert.equal(states.at(-1)?.ready, false);
  assert.equal((await runtime.call(request())).kind, 'absent');

  await release();
  assert.equal(await lateCompletionOf(await slow), 'answered');
  await untilReady();
  const next = await runtime.call(request({ payload: '4' }));
  assert.equal(next.kind === 'answered' && next.items[0]?.payload.toString(), '4');
});

test('a late reply is never used for the next call', async (t) => {
  const { runtime, process, release } = await setup(t, 'http', 2);
  const slow = runtime.call(request({ payload: '"wait"', timeoutMs: 500 }));
  await process.printed('waiting');
  await slow;
  const ask = async (n: number): Promise<void> => {
    const reply = await runtime.call(request({ payload: `${n}` }));
    assert.equal(reply.kind === 'answered' && reply.items[0]?.payload.toString(), `${n}`);
  };
  await ask(1);
  await release();
  assert.equal(await lateCompletionOf(await slow), 'answered');
  await Promise.all([ask(2), ask(3)]);
});

interface Setup {
  readonly runtime: Runtime;
  readonly process: RuntimeProcess;
  readonly states: RuntimeState[];
  /** Releases the waiting calls of the actor. */
  readonly release: () => Promise<void>;
  /** Starts another runtime on the same socket. */
  readonly start: () => Promise<RuntimeProcess>;
  readonly untilReady: () => Promise<void>;
}

/** Starts a Python runtime. */
async function setup(t: TestContext, protocol: Protocol, concurrency = 1): Promise<Setup> {
  const socketPath = await temporarySocketPath(t);
  const folder = dirname(socketPath);
  const actor = join(folder, 'actor.py');
  await writeFile(actor, ACTOR);
  const script = fileURLToPath(
    new URL(`../../examples/runtimes/python/${protocol}_runtime.py`, import.meta.url),
  );
  const start = (): Promise<RuntimeProcess> =>
    startRuntimeProcess(t, ['python3', script, actor], { socketPath });
  const process = await start();

  const states: RuntimeState[] = [];
  let becameReady = Promise.withResolvers<void>();
  const { client, formBatches, limitTime } = await openRuntime({
    protocol,
    endpoint: unixEndpoint(socketPath),
    maxReplyBytes: 1000,
    maxNesting: 10,
    readyTimeoutMs: 60_000,
    concurrency,
    onState(state) {
      states.push(state);
      if (state.ready) becameReady.resolve();
      else becameReady = Promise.withResolvers();
    },
    log: pino({ level: 'silent' }),
  });
  const runtime = formBatches(joinCalls(limitTime(client)));
  t.after(() => runtime.close());
  const release = (): Promise<void> => writeFile(join(folder, 'release'), '');
  return { runtime, process, states, release, start, untilReady: () => becameReady.promise };
}
