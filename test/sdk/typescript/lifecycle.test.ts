import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { serve } from '../../../sdk/typescript/src/index.ts';
import { encodeFrame } from '../../../src/runtime/framed/framing.ts';
import { startRuntimeProcess, type RuntimeProcess } from '../../kit/processes/runtimeProcess.ts';
import { until } from '../../kit/processes/until.ts';
import { temporarySocketPath } from '../../kit/runtimes/socketServer.ts';
import { RUNTIME_PROGRAM } from '../../kit/runtimes/typescriptKit.ts';

const ACTOR = `
import { existsSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
export async function handle({ detach, waitFor }: { detach?: boolean; waitFor?: string }) {
  if (detach) void sleep(0).then(() => { throw new Error('detached'); });
  if (waitFor !== undefined) writeFileSync(waitFor + '.started', '');
  while (waitFor !== undefined && !existsSync(waitFor)) await sleep(2);
  return 'done';
}
export const setup = () => () => console.log('torn down');
`;

test('SIGTERM finishes the running call, tears down, and exits with 0', async (t) => {
  const { process, folder } = await start(t);
  const file = join(folder, 'go');
  const reply = send(t, process.socketPath, { waitFor: file });
  await until(() => existsSync(`${file}.started`), 'the call runs');
  const ended = process.signal('SIGTERM');
  await until(() => !existsSync(join(folder, 'runtime-ready')), 'the ready file is removed');
  await writeFile(file, '');
  assert.equal(await reply, '"done"');
  assert.deepEqual(await ended, [0, null]);
  assert.match(process.output(), /torn down/);
  assert.ok(!(await readdir(folder)).includes('asya-runtime.sock'));
});

test('a second signal ends the process at once', async (t) => {
  const { process, folder } = await start(t);
  const file = join(folder, 'never');
  void send(t, process.socketPath, { waitFor: file });
  await until(() => existsSync(`${file}.started`), 'the call runs');
  void process.signal('SIGTERM');
  await process.printed('"runtime stopping"');
  assert.deepEqual(await process.signal('SIGTERM'), [143, null]);
});

test('a call that runs longer than ASYA_SHUTDOWN_TIMEOUT is cut off', async (t) => {
  const { process, folder } = await start(t, { ASYA_SHUTDOWN_TIMEOUT: '50ms' });
  const file = join(folder, 'never');
  void send(t, process.socketPath, { waitFor: file });
  await until(() => existsSync(`${file}.started`), 'the call runs');
  assert.deepEqual(await process.signal('SIGTERM'), [1, null]);
  assert.match(process.output(), /runtime stopped before its calls had ended","calls":1/);
});

test('a promise that the actor did not await is logged when it rejects', async (t) => {
  const { process } = await start(t);
  assert.equal(await send(t, process.socketPath, { detach: true }), '"done"');
  await process.printed('"unhandled rejection"');
  assert.match(process.output(), /detached/);
  assert.equal(await send(t, process.socketPath, {}), '"done"');
});

test('a request that has begun to arrive at SIGTERM is answered', async (t) => {
  const { process, folder } = await start(t);
  const socket = connect(process.socketPath);
  t.after(() => socket.destroy());
  await once(socket, 'connect');
  const frame = Buffer.concat(encodeFrame(Buffer.from('{}')));
  socket.write(frame.subarray(0, 5));
  // The reply on another connection shows that the runtime has read the beginning.
  await send(t, process.socketPath, {});
  const ended = process.signal('SIGTERM');
  await until(() => !existsSync(join(folder, 'runtime-ready')), 'the ready file is removed');
  socket.write(frame.subarray(5));
  const [reply] = (await once(socket, 'data')) as [Buffer];
  assert.equal(reply.subarray(4).toString(), '"done"');
  assert.deepEqual(await ended, [0, null]);
});

test('a folder that cannot be created is an error that names the variable', async (t) => {
  const file = join(dirname(await temporarySocketPath(t)), 'file');
  await writeFile(file, '');
  await assert.rejects(serve({ handle: () => 1, socketDir: `${file}/sub`, signals: false }), {
    name: 'StartError',
    message: /ASYA_SOCKET_DIR/,
  });
});

test('a file that is not a socket is kept', async (t) => {
  const socketPath = await temporarySocketPath(t);
  await writeFile(socketPath, 'notes');
  await assert.rejects(serve({ handle: () => 1, socketDir: dirname(socketPath), signals: false }), {
    message: `${socketPath} exists and is not a socket`,
  });
  assert.ok(existsSync(socketPath));
});

test('an error in setup rejects, and leaves no file', async (t) => {
  const folder = dirname(await temporarySocketPath(t));
  const setup = (): never => {
    throw new Error('no model');
  };
  await assert.rejects(serve({ handle: () => 1, setup, socketDir: folder, signals: false }), {
    message: 'no model',
  });
  assert.deepEqual(await readdir(folder), []);
});

interface Started {
  readonly process: RuntimeProcess;
  readonly folder: string;
}

async function start(t: TestContext, env: Readonly<Record<string, string>> = {}): Promise<Started> {
  const socketPath = await temporarySocketPath(t);
  const folder = dirname(socketPath);
  await writeFile(join(folder, 'actor.ts'), ACTOR);
  const command = [process.execPath, RUNTIME_PROGRAM, `${folder}/actor.ts:handle`] as const;
  return { process: await startRuntimeProcess(t, command, { socketPath, env }), folder };
}

/** Sends one frame, and resolves with the body of the reply. */
async function send(t: TestContext, socketPath: string, payload: object): Promise<string> {
  const socket = connect(socketPath);
  t.after(() => socket.destroy());
  for (const buffer of encodeFrame(Buffer.from(JSON.stringify(payload)))) socket.write(buffer);
  const [reply = Buffer.alloc(4)] = (await once(socket, 'data')) as [Buffer?];
  return reply.subarray(4).toString();
}
