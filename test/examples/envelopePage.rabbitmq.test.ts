import { connect, type Channel } from 'amqplib';
import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { promisify } from 'node:util';
import { rabbitmqctl } from '../kit/brokers/rabbitmqctl.ts';
import { sharedBroker } from '../kit/brokers/sharedBroker.ts';
import { startSidecarProcess } from '../kit/processes/sidecarProcess.ts';
import { startScriptedRuntime, type Script } from '../kit/runtimes/scriptedRuntime.ts';

/** The programs of docs/envelope.md run as written. */

const ROOT = new URL('../../', import.meta.url).pathname;
const PAGE = readFileSync(join(ROOT, 'docs/envelope.md'), 'utf8');
const [SEND_PYTHON = '', RECEIVE_PYTHON = ''] = blocksOf('python');
const [SEND_NODE = ''] = blocksOf('js');
/** A Python with pika. */
const PYTHON = process.env['ASYA_TEST_PYTHON'] ?? 'python3';
const { url, control } = sharedBroker();
const run = promisify(execFile);

function blocksOf(language: string): readonly string[] {
  const blocks = PAGE.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'));
  return [...blocks].map(([, block = '']) => block);
}

const hasPika = spawnSync(PYTHON, ['-c', 'import pika']).status === 0;

function python(program: string, brokerUrl: string): Promise<{ stdout: string }> {
  return run(PYTHON, ['-c', program], { env: { ...process.env, ASYA_RABBITMQ_URL: brokerUrl } });
}

function node(program: string, brokerUrl: string): Promise<{ stdout: string }> {
  const env = { ...process.env, ASYA_RABBITMQ_URL: brokerUrl };
  return run(process.execPath, ['--input-type=module', '-e', program], { cwd: ROOT, env });
}

/** Creates a virtual host with the exchange, and returns its URL; undefined on another broker. */
async function createVhost(t: TestContext): Promise<string | undefined> {
  if (control === undefined) return undefined;
  const vhost = `docs-${randomUUID().slice(0, 8)}`;
  await rabbitmqctl(control, 'add_vhost', vhost);
  t.after(() => rabbitmqctl(control, 'delete_vhost', vhost));
  await rabbitmqctl(control, 'set_permissions', '-p', vhost, 'guest', '.*', '.*', '.*');
  const own = new URL(url);
  own.pathname = `/${vhost}`;
  return own.href;
}

async function openChannel(t: TestContext, brokerUrl: string): Promise<Channel> {
  const connection = await connect(brokerUrl);
  connection.on('error', () => {}); // the virtual host is deleted before the connection is closed
  t.after(() => connection.close().catch(() => undefined));
  const channel = await connection.createChannel();
  await channel.assertExchange('asya', 'topic');
  return channel;
}

for (const [language, program, execute] of [
  ['Python', SEND_PYTHON, python],
  ['Node', SEND_NODE, node],
] as const) {
  test(`the producer in ${language} publishes an envelope, and reports a missing queue`, async (t) => {
    if (language === 'Python' && !hasPika) return t.skip(`${PYTHON} has no pika`);
    const broker = await createVhost(t);
    if (broker === undefined) return t.skip('the broker is external');
    const channel = await openChannel(t, broker);
    assert.match((await execute(program, broker)).stdout, /^not stored: the actor has no queue$/m);
    await channel.assertQueue('asya-prep');
    await channel.bindQueue('asya-prep', 'asya', 'prep');
    const { stdout } = await execute(program, broker);
    const message = await channel.get('asya-prep', { noAck: true });
    assert.ok(message !== false);
    const envelope = JSON.parse(message.content.toString()) as { id: string; route: unknown };
    assert.equal(stdout, `sent ${envelope.id}\n`);
    assert.deepEqual(envelope.route, { actors: ['prep', 'infer'], current: 0 });
    const { deliveryMode, headers } = message.properties;
    assert.equal(deliveryMode, 2);
    assert.ok(Math.abs(Date.now() - Number(headers?.['asya-published-at'])) < 60_000);
  });
}

test('the caller receives each leaf of nested fan-outs, and the error', async (t) => {
  if (!hasPika) return t.skip(`${PYTHON} has no pika`);
  const broker = await createVhost(t);
  if (broker === undefined) return t.skip('the broker is external');
  await startActor(t, 'prep', broker, () => '[1,2,3]');
  await startActor(t, 'infer', broker, (payload) => {
    if (payload === '1') return '[10,11]';
    return payload === '2' ? '{"error":"ValueError","message":"no good"}' : payload;
  });
  const { stdout } = await python(RECEIVE_PYTHON, broker);
  const lines = stdout.trim().split('\n').toSorted();
  assert.deepEqual(lines.slice(1), ['happy_end 10', 'happy_end 11', 'happy_end 3']);
  assert.match(lines[0] ?? '', /^error_end \{"error": "ValueError: no good", "details": \{/);
});

async function startActor(
  t: TestContext,
  name: string,
  brokerUrl: string,
  script: Script,
): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'asya-docs-'));
  const runtime = await startScriptedRuntime(join(directory, 'asya-runtime.sock'), script);
  const sidecar = await startSidecarProcess({
    ASYA_ACTOR_NAME: name,
    ASYA_RABBITMQ_URL: brokerUrl,
    ASYA_SOCKET_DIR: directory,
  });
  t.after(async () => {
    await sidecar.close();
    await runtime.stop();
    await rm(directory, { recursive: true });
  });
  await sidecar.ready();
}
