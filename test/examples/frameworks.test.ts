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
import { freePorts } from '../kit/processes/ports.ts';
import { until } from '../kit/processes/until.ts';
import { tcpEndpoint, unixEndpoint } from '../kit/runtimes/endpoints.ts';
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
  /** Serves the example on the path of a socket, or on a port. */
  readonly command: (address: string | number) => readonly [string, ...string[]];
  /** The beginning of the message of a call without a text. */
  readonly missingText: string;
}

const EXAMPLES: readonly Example[] = [
  {
    name: 'flask_app.py on gunicorn',
    language: 'python',
    command: (address) => {
      const bind = typeof address === 'number' ? `127.0.0.1:${address}` : `unix:${address}`;
      const options = ['--bind', bind, '--threads', '4', '--keep-alive', '10'];
      return ['python3', '-m', 'gunicorn', ...options, 'flask_app:app'];
    },
    missingText: 'Internal Server Error: The server encountered an internal error',
  },
  {
    name: 'fastapi_app.py on uvicorn',
    language: 'python',
    command: (address) => {
      const option = typeof address === 'number' ? '--port' : '--uds';
      return ['python3', '-m', 'uvicorn', option, String(address), 'fastapi_app:app'];
    },
    missingText: 'body.text: Field required',
  },
  {
    name: 'fastify.mjs',
    language: 'javascript',
    command: (address) => [process.execPath, `${FOLDER}fastify.mjs`, String(address)],
    missingText: "Cannot read properties of undefined (reading 'split')",
  },
  {
    name: 'express.mjs',
    language: 'javascript',
    command: (address) => [process.execPath, `${FOLDER}express.mjs`, String(address)],
    missingText: "TypeError: Cannot read properties of undefined (reading 'split')",
  },
];

const CASES = EXAMPLES.flatMap((example) => [
  { example, transport: 'a Unix socket' } as const,
  { example, transport: 'TCP' } as const,
]);

for (const { example, transport } of CASES) {
  const isSkipped = example.language === 'python' && 'absence' in python;
  const skip = isSkipped && python.absence;
  test(`examples/frameworks/${example.name} over ${transport}`, { skip }, async (t) => {
    const ask = await serve(t, example, transport);

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
async function serve(
  t: TestContext,
  example: Example,
  transport: (typeof CASES)[number]['transport'],
): Promise<Ask> {
  const [port = 0] = await freePorts(1);
  const socketPath = await temporarySocketPath(t);
  const isTcp = transport === 'TCP';
  const [program, ...args] = example.command(isTcp ? port : socketPath);
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
    endpoint: isTcp ? tcpEndpoint(port) : unixEndpoint(socketPath),
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
