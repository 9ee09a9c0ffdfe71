import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { delimiter } from 'node:path';
import { test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import type { Fault } from '../../src/faults.ts';
import { openRuntime } from '../../src/runtime/open.ts';
import type { Reply } from '../../src/runtime/runtime.ts';
import { MIB } from '../../src/units.ts';
import { killOnExit } from '../kit/processes/killOnExit.ts';
import { installPythonPackages } from '../kit/processes/pythonPackages.ts';
import { until } from '../kit/processes/until.ts';
import { payloadsOf } from '../kit/runtimes/replies.ts';
import { callWith, request } from '../kit/runtimes/request.ts';
import { temporarySocketPath } from '../kit/runtimes/socketServer.ts';

const FOLDER = fileURLToPath(new URL('../../examples/frameworks/', import.meta.url));

const python = await installPythonPackages([
  'flask==3.1.3',
  'gunicorn==27.0.1',
  'fastapi==0.165.0',
  'uvicorn==0.54.0',
]);

interface Example {
  readonly name: string;
  readonly language: 'python' | 'javascript';
  /** Serves the example on a socket. */
  readonly command: (socketPath: string) => readonly [string, ...string[]];
  /** The beginning of the message of a call without a text. */
  readonly missingText: string;
}

const EXAMPLES: readonly Example[] = [
  {
    name: 'flask_app.py on gunicorn',
    language: 'python',
    command: (path) => {
      const options = ['--bind', `unix:${path}`, '--threads', '4'];
      return ['python3', '-m', 'gunicorn', ...options, 'flask_app:app'];
    },
    missingText: 'Internal Server Error: The server encountered an internal error',
  },
  {
    name: 'fastapi_app.py on uvicorn',
    language: 'python',
    command: (path) => ['python3', '-m', 'uvicorn', '--uds', path, 'fastapi_app:app'],
    missingText: 'body.text: Field required',
  },
  {
    name: 'fastify.mjs',
    language: 'javascript',
    command: (path) => [process.execPath, `${FOLDER}fastify.mjs`, path],
    missingText: "Cannot read properties of undefined (reading 'split')",
  },
  {
    name: 'express.mjs',
    language: 'javascript',
    command: (path) => [process.execPath, `${FOLDER}express.mjs`, path],
    missingText: "TypeError: Cannot read properties of undefined (reading 'split')",
  },
];

for (const example of EXAMPLES) {
  const isSkipped = example.language === 'python' && 'absence' in python;
  test(`examples/frameworks/${example.name}`, { skip: isSkipped && python.absence }, async (t) => {
    const ask = await serve(t, example);

    await t.test('a call is answered', async () => {
      assert.deepEqual(payloadsOf(await ask({ text: 'a b' })), ['{"words":["a","b"]}']);
    });

    await t.test('a payload of 2 MB is answered', async () => {
      const [text = ''] = payloadsOf(await ask({ text: 'x'.repeat(2 * MIB) }));
      assert.equal(text.length, '{"words":[""]}'.length + 2 * MIB);
    });

    await t.test('an exception is an error with a message of one line', async () => {
      const { code, message } = failedFault(await ask({}));
      assert.equal(code, 'runtime_error');
      assert.ok(message.startsWith(example.missingText), message);
      assert.doesNotMatch(message, /[\n<>]/);
    });

    await t.test('a model that is not loaded yet defers the call', async () => {
      const reply = await ask({ text: 'a b', model: 'large' });
      assert.ok(reply.kind === 'deferred', JSON.stringify(reply));
      assert.equal(reply.afterMs, 5000);
    });
  });
}

type Ask = (payload: unknown) => Promise<Reply>;

/** Starts the server of an example; resolves when it is ready. */
async function serve(t: TestContext, example: Example): Promise<Ask> {
  const socketPath = await temporarySocketPath(t);
  const [program, ...args] = example.command(socketPath);
  const paths = 'folder' in python ? [python.folder, FOLDER] : [];
  const child = spawn(program, args, {
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1', PYTHONPATH: paths.join(delimiter) },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  killOnExit(child);
  t.after(() => child.kill('SIGTERM'));
  let output = '';
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  let isReady = false;
  const { client } = await openRuntime({
    protocol: 'http',
    socketPath,
    maxReplyBytes: 10 * MIB,
    maxNesting: 100,
    readyTimeoutMs: 60_000,
    concurrency: 4,
    onState: ({ ready }) => (isReady = ready),
    log: pino({ level: 'silent' }),
  });
  t.after(() => client.close());
  await until(() => isReady || child.exitCode !== null, `${example.name} is ready`, 30_000);
  assert.equal(child.exitCode, null, output);
  return (payload) => callWith(client, request({ payload: JSON.stringify(payload) }));
}

function failedFault(reply: Reply): Fault {
  assert.ok(reply.kind === 'failed', JSON.stringify(reply));
  return reply.fault;
}
