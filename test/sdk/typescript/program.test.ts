import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { pino } from 'pino';
import { openRuntime } from '../../../src/runtime/open.ts';
import { startRuntimeProcess } from '../../kit/processes/runtimeProcess.ts';
import { payloadsOf } from '../../kit/runtimes/replies.ts';
import { callWith, request } from '../../kit/runtimes/request.ts';
import { temporarySocketPath } from '../../kit/runtimes/socketServer.ts';
import { RUNTIME_PROGRAM } from '../../kit/runtimes/typescriptKit.ts';
import { unixEndpoint } from '../../kit/runtimes/endpoints.ts';

const ACTOR = `
let greeting = 'not ready';
export function setup(): void { greeting = 'hello'; }
export const handle = (name: string): string => greeting + ' ' + name;
export const handleBatch = (names: string[]): string[] => names.map(() => 'batch');
export const text = 'not a function';
`;

const SERVED = [
  { handler: './actor.ts:handle', size: '', reply: '"hello you"' },
  { handler: 'actor.handle', size: '8', reply: '"hello you"' },
  { handler: 'actor:handle', size: '', reply: '"hello you"' },
  { handler: './actor.ts', size: '', reply: '"hello you"' },
  { handler: './actor.ts', size: '1', reply: '"hello you"' },
  { handler: './actor.ts', size: '8', reply: '"batch"' },
] as const;

for (const { handler, size, reply: expected } of SERVED) {
  test(`asya-runtime serves ${handler} with ASYA_BATCH_SIZE=${size}`, async (t) => {
    const { socketPath, folder } = await writeActor(t);
    await startRuntimeProcess(t, [process.execPath, RUNTIME_PROGRAM], {
      socketPath,
      env: { ASYA_HANDLER: handler, ASYA_BATCH_SIZE: size },
      folder,
    });
    const { client } = await openRuntime({
      protocol: 'http',
      endpoint: unixEndpoint(socketPath),
      maxReplyBytes: 1000,
      maxNesting: 10,
      readyTimeoutMs: 60_000,
      concurrency: 1,
      onState() {},
      log: pino({ level: 'silent' }),
    });
    t.after(() => client.close());
    const reply = await callWith(client, request({ payload: '"you"' }));
    assert.deepEqual(payloadsOf(reply), [expected]);
  });
}

const PROBLEMS = [
  { args: [], message: 'no function: pass MODULE:FUNCTION, or set ASYA_HANDLER (see --help)' },
  { args: ['./gone.ts:handle'], message: /^the module of ".\/gone.ts:handle" does not exist in / },
  {
    args: ['./actor.ts:hande'],
    message: /actor\.ts has no function "hande"; it exports handle, handleBatch, setup$/,
  },
  { args: ['./actor.ts:text'], message: /has no function "text"/ },
  { args: ['./actor.tsx:handle'], message: /^Node [\d.]+ cannot run .+\/actor\.tsx: compile it/ },
  { args: ['./actor.ts', '--liste', '1'], message: /'--liste'/ },
  {
    args: ['./actor.ts', '--listen', 'localhost'],
    message: 'the address to listen on must be HOST:PORT or a port, not "localhost"',
  },
  {
    args: ['./actor.ts'],
    env: { ASYA_BATCH_SIZE: '0' },
    message: 'ASYA_BATCH_SIZE must be an integer, 1 or more, not "0"',
  },
  {
    args: ['./actor.ts'],
    env: { ASYA_RUNTIME_PROTOCOL: 'grpc' },
    message: 'ASYA_RUNTIME_PROTOCOL must be payload, http or envelope, not "grpc"',
  },
  {
    args: ['./actor.ts'],
    env: { ASYA_SHUTDOWN_TIMEOUT: '30' },
    message: 'ASYA_SHUTDOWN_TIMEOUT must be a duration such as 30s, not "30"',
  },
] as const;

test('asya-runtime reports a bad argument or variable in one line, and exits with 2', async (t) => {
  const { folder } = await writeActor(t);
  for (const { args, message, ...rest } of PROBLEMS) {
    const env: Record<string, string> = {
      ASYA_SOCKET_DIR: folder,
      ...('env' in rest ? rest.env : {}),
    };
    const { status, stderr } = spawnSync(process.execPath, [RUNTIME_PROGRAM, ...args], {
      cwd: folder,
      env,
      encoding: 'utf8',
    });
    assert.equal(status, 2, stderr);
    assert.match(stderr, /^asya-runtime: .*\n$/);
    const text = stderr.slice('asya-runtime: '.length, -1);
    if (typeof message === 'string') assert.equal(text, message);
    else assert.match(text, message);
  }
});

async function writeActor(t: TestContext): Promise<{ socketPath: string; folder: string }> {
  const socketPath = await temporarySocketPath(t);
  const folder = dirname(socketPath);
  for (const name of ['actor.ts', 'actor.tsx']) await writeFile(join(folder, name), ACTOR);
  return { socketPath, folder };
}
