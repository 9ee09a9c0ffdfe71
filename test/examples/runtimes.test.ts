import assert from 'node:assert/strict';
import { readdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { openRuntime } from '../../src/runtime/open.ts';
import type { RuntimeProtocol } from '../../src/runtime/protocol.ts';
import type { Reply } from '../../src/runtime/runtime.ts';
import { callWith, request, type RequestLike } from '../kit/runtimes/request.ts';
import { startRuntimeProcess, type RuntimeProcess } from '../kit/processes/runtimeProcess.ts';
import { temporarySocketPath } from '../kit/runtimes/socketServer.ts';
import { unixEndpoint } from '../kit/runtimes/endpoints.ts';

interface Example {
  readonly file: string;
  readonly protocol: RuntimeProtocol;
  readonly program: string;
}

const EXAMPLES: readonly Example[] = [
  { file: 'python/payload_runtime.py', protocol: 'payload', program: 'python3' },
  { file: 'python/envelope_runtime.py', protocol: 'envelope', program: 'python3' },
  { file: 'python/http_runtime.py', protocol: 'http', program: 'python3' },
  { file: 'typescript/payloadRuntime.ts', protocol: 'payload', program: process.execPath },
  { file: 'typescript/envelopeRuntime.ts', protocol: 'envelope', program: process.execPath },
  { file: 'typescript/httpRuntime.ts', protocol: 'http', program: process.execPath },
];

/** An actor whose behaviour is selected by the payload. */
const PYTHON_ACTOR = `
class TryAgain(Exception):
    retryable = True
class Busy(Exception):
    retry_after = 2
def handle(payload, headers=None):
    if payload == "fail": raise ValueError("not today")
    if payload == "again": raise TryAgain("once more")
    if payload == "busy": raise Busy("later")
    if payload == "attempt": return headers["asya-attempt"]
    return payload["reply"]
`;

const TYPESCRIPT_ACTOR = `
class ValueError extends Error { override readonly name = 'ValueError'; }
export function handle(payload: any, headers?: any): unknown {
  if (payload === 'fail') throw new ValueError('not today');
  if (payload === 'again') throw Object.assign(new Error('once more'), { retryable: true });
  if (payload === 'busy') throw Object.assign(new Error('later'), { retryAfter: 2 });
  if (payload === 'attempt') return headers['asya-attempt'];
  return payload.reply;
}
`;

for (const example of EXAMPLES) {
  test(`the runtime ${example.file}`, async (t) => {
    const { ask, process } = await setup(t, example);

    await t.test('creates only its socket, with access for owner and group', async () => {
      const files = await readdir(dirname(process.socketPath));
      assert.deepEqual(files.toSorted(), [actorFile(example), 'asya-runtime.sock'].toSorted());
      assert.equal((await stat(process.socketPath)).mode & 0o777, 0o660);
    });

    await t.test('replies with the values that its actor returns', async () => {
      const returned = async (reply: unknown): Promise<unknown[]> =>
        payloadsIn(await ask({ payload: JSON.stringify({ reply }) }));
      assert.deepEqual(await returned({ text: 'Grüße 🎈' }), [{ text: 'Grüße 🎈' }]);
      assert.deepEqual(await returned([1, 'two']), [1, 'two']);
      assert.deepEqual(await returned([[1, 2]]), [[1, 2]]);
      assert.deepEqual(await returned(null), []);
      assert.deepEqual(await returned([]), []);
      const text = 'x'.repeat(1_000_000);
      assert.deepEqual(await returned(text), [text]);
    });

    await t.test('replies with the error that its actor throws', async () => {
      const reply = await ask({ payload: '"fail"' });
      assert.ok(reply.kind === 'failed' && !reply.retryable);
      const { code, runtimeCode, message, type, traceback } = reply.fault;
      const error = [code, runtimeCode, message, type];
      assert.deepEqual(error, ['runtime_error', 'processing_error', 'not today', 'ValueError']);
      assert.match(traceback ?? '', /handle/);
      const again = await ask({ payload: '"again"' });
      assert.ok(again.kind === 'failed' && again.retryable);
    });

    if (example.protocol !== 'payload') {
      await t.test('prints the trace context of the call', async () => {
        const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
        await ask({ payload: '{"reply":1}', context: { traceparent } });
        await process.printed(`env-1 traceparent ${traceparent}`);
      });
    }

    if (example.protocol === 'http') {
      await t.test('receives the attempt, and can request a delay', async () => {
        assert.deepEqual(payloadsIn(await ask({ payload: '"attempt"', attempt: 3 })), ['3']);
        const reply = await ask({ payload: '"busy"' });
        assert.ok(reply.kind === 'deferred');
        assert.deepEqual([reply.afterMs, reply.fault.message], [2000, 'later']);
      });
    }

    await t.test('serves concurrent calls, and replaces a killed runtime', async () => {
      const asked = Array.from({ length: 8 }, (_, n) => ask({ payload: `{"reply":"${n}"}` }));
      assert.deepEqual((await Promise.all(asked)).flatMap(payloadsIn), Array.from('01234567'));
      await process.kill('SIGKILL');
      assert.equal((await ask({})).kind, 'absent');
      await start(t, example, process.socketPath);
      assert.deepEqual(payloadsIn(await ask({ payload: '{"reply":1}' })), [1]);
    });
  });
}

interface Setup {
  readonly process: RuntimeProcess;
  readonly ask: (asked: RequestLike) => Promise<Reply>;
}

async function setup(t: TestContext, example: Example): Promise<Setup> {
  const socketPath = await temporarySocketPath(t);
  const process = await start(t, example, socketPath);
  const { client: runtime } = await openRuntime({
    protocol: example.protocol,
    endpoint: unixEndpoint(socketPath),
    maxReplyBytes: 10_000_000,
    maxNesting: 100,
    readyTimeoutMs: 60_000,
    concurrency: 4,
    onState() {},
    log: pino({ level: 'silent' }),
  });
  t.after(() => runtime.close());
  return { process, ask: (asked) => callWith(runtime, request(asked)) };
}

async function start(
  t: TestContext,
  example: Example,
  socketPath: string,
): Promise<RuntimeProcess> {
  const actor = join(dirname(socketPath), actorFile(example));
  await writeFile(actor, example.program === 'python3' ? PYTHON_ACTOR : TYPESCRIPT_ACTOR);
  const script = fileURLToPath(new URL(`../../examples/runtimes/${example.file}`, import.meta.url));
  return startRuntimeProcess(t, [example.program, script, actor], { socketPath });
}

function actorFile({ program }: Example): string {
  return program === 'python3' ? 'actor.py' : 'actor.ts';
}

function payloadsIn(reply: Reply): unknown[] {
  assert.equal(reply.kind, 'answered', JSON.stringify(reply));
  return reply.kind === 'answered'
    ? reply.items.map((item) => JSON.parse(item.payload.toString()))
    : [];
}
