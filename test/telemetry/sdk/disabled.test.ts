import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { createRouter } from '../../../src/hop/router.ts';
import type { Request } from '../../../src/runtime/runtime.ts';
import type { Headers } from '../../../src/transport/message.ts';
import { hopOf } from '../../kit/envelopes/hops.ts';
import { startScriptedRuntime } from '../../kit/runtimes/scriptedRuntime.ts';
import { runBin, startSidecarProcess } from '../../kit/processes/sidecarProcess.ts';
import { within } from '../../kit/processes/until.ts';

const TRACE = {
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  tracestate: 'vendor=1',
  baggage: 'user=7',
};

interface Setup {
  readonly socketPath: string;
  /** Sends one envelope with a trace context to a sidecar without an SDK. */
  readonly send: (protocol: string) => Promise<void>;
  /** Adds a function that runs at the end, before those that were added earlier. */
  readonly later: (close: () => unknown) => void;
}

async function setup(t: TestContext): Promise<Setup> {
  const directory = await mkdtemp(join(tmpdir(), 'asya-disabled-'));
  const closers: (() => unknown)[] = [() => rm(directory, { recursive: true, force: true })];
  t.after(async () => {
    for (const close of closers) await close();
  });
  const later = (close: () => unknown): void => void closers.unshift(close);
  const queues = { ASYA_TRANSPORT: 'sqlite', ASYA_SQLITE_PATH: join(directory, 'queues.db') };
  const send = async (protocol: string): Promise<void> => {
    const sidecar = await startSidecarProcess({
      ...queues,
      ASYA_ACTOR_NAME: 'infer',
      ASYA_SOCKET_DIR: directory,
      ASYA_RUNTIME_PROTOCOL: protocol,
      OTEL_SDK_DISABLED: 'true',
    });
    later(sidecar.close);
    const envelope = {
      id: 'a',
      headers: TRACE,
      route: { actors: ['infer'], current: 0 },
      payload: 1,
    };
    await runBin(['send', '-'], queues, JSON.stringify(envelope));
  };
  return { socketPath: join(directory, 'asya-runtime.sock'), send, later };
}

test('http: without an SDK the runtime receives the trace context of the envelope', async (t) => {
  const { socketPath, send, later } = await setup(t);
  const seen = Promise.withResolvers<object>();
  const server = createServer((request, response) => {
    const { traceparent, tracestate, baggage } = request.headers;
    seen.resolve({ traceparent, tracestate, baggage });
    request.resume().on('end', () => response.end('2'));
  });
  await once(server.listen(socketPath), 'listening');
  later(() => server.close());
  await send('http');
  assert.deepEqual(await within(seen.promise, 'a request to the runtime'), TRACE);
});

test('envelope: without an SDK the runtime receives the trace context of the envelope', async (t) => {
  const { socketPath, send, later } = await setup(t);
  const seen = Promise.withResolvers<string>();
  const runtime = await startScriptedRuntime(socketPath, (envelope) => {
    seen.resolve(envelope);
    return '[]';
  });
  later(() => runtime.stop());
  await send('envelope');
  const { headers } = JSON.parse(await within(seen.promise, 'a request to the runtime')) as {
    headers: Record<string, unknown>;
  };
  assert.deepEqual({ ...headers, ...TRACE }, headers);
});

const OTHER = { traceparent: '00-1af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' };

for (const [name, ofEnvelope, ofMessage, passed] of [
  ['the envelope has precedence over that of the message', TRACE, OTHER, TRACE],
  ['the message is used if the envelope has none', {}, { ...OTHER, 'x-other': '1' }, OTHER],
  ['a hop without any stays absent', {}, {}, {}],
  [
    'the message is read in any letter case, without the tracestate of the envelope',
    { tracestate: 'old=1' },
    { TraceParent: OTHER.traceparent },
    { ...OTHER, tracestate: undefined },
  ],
] as const) {
  test(`without telemetry the trace context of ${name}`, async () => {
    assert.deepEqual(await passedContext({ ...ofEnvelope }, { ...ofMessage }), passed);
  });
}

/** Returns the context that a hop without telemetry passes to the runtime. */
async function passedContext(ofEnvelope: object, ofMessage: Headers): Promise<Request['context']> {
  const { promise, resolve } = Promise.withResolvers<Request['context']>();
  const runtime = {
    async call({ context }: Request) {
      resolve(context);
      return { kind: 'absent', reason: 'a test' } as const;
    },
    async close() {},
  };
  const routing = {
    actor: 'infer',
    happyEnd: 'h',
    errorEnd: 'e',
    isEnd: false,
    maxFanout: 1,
    maxMessageBytes: 1,
  };
  const policy = { maxAttempts: 1, backoffMs: [1], errors: [], maxDeferrals: 1 };
  const route = createRouter(runtime, { routing, policy, timeoutMs: 1, isDraining: () => false });
  await route(hopOf({ envelope: { headers: ofEnvelope }, headers: ofMessage }));
  return promise;
}
