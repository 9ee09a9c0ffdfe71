import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { PROGRAM } from '../kit/processes/program.ts';
import { openOnRabbitmq } from '../kit/rigs/rabbitmqRig.ts';
import { rabbitmqctl } from '../kit/brokers/rabbitmqctl.ts';
import { startScriptedRuntime } from '../kit/runtimes/scriptedRuntime.ts';
import { sharedBroker } from '../kit/brokers/sharedBroker.ts';
import { runBin, type Variables } from '../kit/processes/sidecarProcess.ts';
import { openStage } from '../kit/rigs/stage.ts';
import { until } from '../kit/processes/until.ts';

const { url, control } = sharedBroker();

// Characters that are escaped in a URL, so that both spellings differ.
const PASSWORD = 'planted/s3cr:t@';
const FORMS = [
  PASSWORD,
  encodeURIComponent(PASSWORD),
  encodeURI(PASSWORD),
  Buffer.from(PASSWORD).toString('base64'),
  Buffer.from(`\0planted\0${PASSWORD}`).toString('base64'),
  // The rest after a cut at a slash or an at sign.
  's3cr',
];

test('a working sidecar never prints its password', { skip: control === undefined }, async (t) => {
  const { variables, socketPath, send, happyEnd } = await openStage(t, {
    open: openOnRabbitmq(),
    variablesOf: ({ happyEnd: end }) => ({ ASYA_RABBITMQ_EXCHANGE: `exchange-${end}` }),
  });
  const runtime = await startScriptedRuntime(socketPath, (payload) => payload);
  t.after(() => runtime.stop());
  const traceFile = join(dirname(socketPath), 'traces.jsonl');
  const sidecar = await startTalker(t, {
    ...variables,
    ASYA_RABBITMQ_URL: await urlWithPassword(t),
    ASYA_TRACE_FILE: traceFile,
  });
  await send('one', 1);
  await until(() => happyEnd.arrived.length === 1, 'the envelope', 30_000);
  const pages = await sidecar.pages();
  assert.match(pages, /asya_actor_build_info/);
  await sidecar.stop();
  assertNoPassword({ pages, output: sidecar.output(), traces: readFileSync(traceFile, 'utf8') });
});

test('a sidecar that the broker refuses never prints its password', async (t) => {
  const { variables } = await openStage(t, { open: openOnRabbitmq(), variablesOf: () => ({}) });
  const refused = new URL(url);
  refused.username = 'planted';
  refused.password = encodeURIComponent(PASSWORD);
  const sidecar = await startTalker(t, { ...variables, ASYA_RABBITMQ_URL: refused.href });
  await until(() => /ACCESS.REFUSED/i.test(sidecar.output()), 'the refusal in the log', 30_000);
  const pages = await sidecar.pages();
  await sidecar.stop();
  assertNoPassword({ pages, output: sidecar.output() });
});

for (const [what, broken] of Object.entries({
  'is no URL': (secret: string) => `amqp://planted:${secret}@host:99999/vhost`,
  'is of another protocol': (secret: string) => `https://planted:${secret}@host`,
  'has two parts at odds': (secret: string) =>
    `amqp://planted:${secret}@host,amqp//planted:${secret}@host`,
})) {
  test(`neither --check nor an error prints the password of a URL that ${what}`, async () => {
    const variables = {
      ASYA_ACTOR_NAME: 'infer',
      ASYA_RABBITMQ_URL: broken(encodeURIComponent(PASSWORD)),
    };
    for (const args of [['--check'], []]) {
      const { code, out, err } = await runBin(args, variables);
      assert.equal(code, 2);
      assert.match(err, /ASYA_RABBITMQ_URL/);
      assertNoPassword({ out, err });
    }
  });
}

test('--check prints no password of a valid configuration', async () => {
  const { code, out, err } = await runBin(['--check'], {
    ASYA_ACTOR_NAME: 'infer',
    ASYA_RABBITMQ_URL: `amqp://planted:${encodeURIComponent(PASSWORD)}@host`,
    ASYA_RABBITMQ_PASSWORD: PASSWORD,
  });
  assert.equal(code, 0, err);
  assertNoPassword({ out, err });
});

/** The URL of a new user with all permissions and this password. */
async function urlWithPassword(t: TestContext): Promise<string> {
  assert.ok(control !== undefined);
  const name = `user-${randomUUID().slice(0, 8)}`;
  await rabbitmqctl(control, 'add_user', name, PASSWORD);
  t.after(() => rabbitmqctl(control, 'delete_user', name));
  await rabbitmqctl(control, 'set_permissions', name, '.*', '.*', '.*');
  const found = new URL(url);
  found.username = name;
  found.password = encodeURIComponent(PASSWORD);
  return found.href;
}

interface Talker {
  /** The standard output and the standard error. */
  output(): string;
  /** Its HTTP responses. */
  pages(): Promise<string>;
  stop(): Promise<void>;
}

/** Starts a sidecar with the most verbose log. */
async function startTalker(t: TestContext, variables: Variables): Promise<Talker> {
  const env = { ...variables, ASYA_LOG_LEVEL: 'trace', OTEL_LOG_LEVEL: 'debug' };
  const child = spawn(process.execPath, [PROGRAM], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(child, 'close');
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  }
  t.after(() => child.kill('SIGKILL'));
  const port = (): string | undefined => /"port":(\d+)[^\n]*"started"/.exec(output)?.[1];
  await until(() => port() !== undefined, 'the start', 20_000);
  return {
    output: () => output,
    pages: async () => {
      const paths = ['metrics', 'readyz', 'healthz', 'nowhere'];
      const texts = paths.map(async (path) =>
        (await fetch(`http://127.0.0.1:${port()}/${path}`)).text(),
      );
      return (await Promise.all(texts)).join('\n');
    },
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

function assertNoPassword(texts: Readonly<Record<string, string>>): void {
  for (const [where, text] of Object.entries(texts)) {
    for (const form of FORMS)
      assert.ok(!text.includes(form), `${where} contains ${form}:\n${text}`);
  }
}
