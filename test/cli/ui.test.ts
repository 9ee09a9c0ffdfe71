import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { CommandError, UsageError } from '../../src/cli/command/exit.ts';
import { uiCommand } from '../../src/cli/ui.ts';
import type { Session } from '../../src/cli/ui/server/contract.ts';
import { openTransport } from '../../src/transport/open.ts';
import { openSqlite } from '../../src/transport/sqlite/sqlite.ts';
import { createAuthority, createCertificate } from '../kit/brokers/certificates.ts';
import {
  createCommandContext,
  runCommand,
  type ContextOverrides,
  type Printed,
} from '../kit/processes/commandContext.ts';
import { freePorts } from '../kit/processes/ports.ts';
import { until, within } from '../kit/processes/until.ts';

interface Ui {
  /** The first line of standard output. */
  readonly line: string;
  readonly session: () => Promise<Session>;
  readonly printed: () => Printed;
  /** Sends the signal of Ctrl-C, and resolves with the exit code. */
  readonly stop: () => Promise<number>;
}

const NO_BROKER = { ASYA_RABBITMQ_URL: 'amqp://user:secret@127.0.0.1:1/orders' };

async function startUi(
  t: TestContext,
  args: readonly string[] = [],
  overrides: ContextOverrides = {},
): Promise<Ui> {
  const stop = new AbortController();
  const { context, printed } = createCommandContext({
    environment: NO_BROKER,
    openTransport,
    stopped: stop.signal,
    ...overrides,
  });
  const code = uiCommand.run(['--listen', '127.0.0.1:0', ...args], context);
  code.catch(() => {}); // `stop` reports it
  t.after(() => stop.abort());
  await Promise.race([until(() => printed().out.includes('\n'), 'the address'), code]);
  const line = printed().out.trimEnd();
  const url = new URL(line);
  const token = new URLSearchParams(url.hash.slice(1)).get('token') ?? '';
  return {
    line,
    printed,
    async session() {
      const headers = { authorization: `Bearer ${token}` };
      const response = await fetch(new URL('/api/session', url), { headers });
      assert.equal(response.status, 200);
      return (await response.json()) as Session;
    },
    stop() {
      stop.abort();
      return within(code, 'the end of ui');
    },
  };
}

test('the command prints one line, the address with a token of 256 bits', async (t) => {
  const { line, printed, stop } = await startUi(t);
  assert.match(line, /^http:\/\/127\.0\.0\.1:\d+\/#token=[\w-]{43}$/);
  const other = await startUi(t);
  assert.notEqual(new URL(line).hash, new URL(other.line).hash);
  assert.equal(await stop(), 0);
  assert.equal(printed().out, `${line}\n`);
});

test('without a broker, the page starts and names the reason, not the password', async (t) => {
  const { session } = await startUi(t);
  await until(async () => (await session()).sources.broker.problem !== undefined, 'a problem');
  const { sources, transport, isReadOnly, links } = await session();
  assert.equal(transport, 'rabbitmq');
  assert.equal(sources.broker.address, 'amqp://127.0.0.1:1/orders');
  assert.equal(sources.broker.isConnected, false);
  assert.match(sources.broker.problem ?? '', /ECONNREFUSED/);
  assert.doesNotMatch(JSON.stringify(sources), /secret/);
  assert.deepEqual([sources.sidecars, sources.traces], [[], []]);
  assert.deepEqual([isReadOnly, links], [false, {}]);
});

test('a database that a sidecar creates later is opened', async (t) => {
  const path = join(folderOf(t), 'queues.sqlite');
  const environment = { ASYA_TRANSPORT: 'sqlite', ASYA_SQLITE_PATH: path };
  const { session } = await startUi(t, [], { environment });
  const { awaySince = '', ...broker } = (await session()).sources.broker;
  assert.ok(Number.isFinite(Date.parse(awaySince)), awaySince);
  assert.deepEqual(broker, {
    address: path,
    isConnected: false,
    problem: `ASYA_SQLITE_PATH: no database at "${path}"; the first sidecar creates it`,
  });
  const topology = { actor: 'a', happyEnd: 'happy-end', errorEnd: 'error-end', retryDelaysMs: [] };
  const sidecar = await openSqlite({ path, topology, onState: () => {} });
  t.after(() => sidecar.close());
  await until(async () => (await session()).sources.broker.isConnected, 'the connection');
  assert.deepEqual((await session()).sources.broker, { address: path, isConnected: true });
});

test('the options of the session are reported', async (t) => {
  const links = ['--jaeger', 'http://jaeger:16686/', '--grafana', 'https://g.example/x//'];
  const args = ['--read-only', ...links, '--tempo', 'http://tempo:3200'];
  const { isReadOnly, links: reported } = await (await startUi(t, args)).session();

  assert.equal(isReadOnly, true);
  assert.deepEqual(reported, {
    jaeger: 'http://jaeger:16686',
    tempo: 'http://tempo:3200',
    grafana: 'https://g.example/x',
  });
});

test('an address that is in use is one line that suggests another port', async (t) => {
  const server = createServer().listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await assert.rejects(
    runCommand(uiCommand, ['--listen', `127.0.0.1:${port}`], {
      environment: NO_BROKER,
      openTransport,
    }),
    new CommandError(
      `--listen: 127.0.0.1:${port} is in use; choose another port, such as --listen 127.0.0.1:${port + 1}`,
    ),
  );
});

describe('an address that others can reach', () => {
  for (const address of ['0.0.0.0:0', ':0', '[::]:0', '10.0.0.1:8090', 'example.com:80']) {
    test(`${address} needs a token file and an encrypted connection`, async (t) => {
      const tokenFile = tokenFileOf(t, 'a-token-of-20-chars-');
      const shown = address;
      const error = new UsageError(
        `--listen ${shown} is not a loopback address; it needs --token-file, and --tls-cert with --tls-key or --behind-proxy`,
      );
      for (const args of [[], ['--token-file', tokenFile], ['--behind-proxy']]) {
        const command = ['--listen', address, ...args];
        await assert.rejects(runCommand(uiCommand, command, { environment: NO_BROKER }), error);
      }
    });
  }

  test('is served behind a proxy, and the token of the file is not printed', async (t) => {
    const [port = 0] = await freePorts(1);
    const args = ['--token-file', tokenFileOf(t, 'a-token-of-20-chars-\n'), '--behind-proxy'];
    const { line, printed } = await startUi(t, ['--listen', `0.0.0.0:${port}`, ...args]);
    assert.equal(line, `http://localhost:${port}/`);
    const headers = { authorization: 'Bearer a-token-of-20-chars-' };
    const response = await fetch(`http://127.0.0.1:${port}/api/session`, { headers });
    assert.equal(response.status, 200);
    const { out, err } = printed();
    assert.doesNotMatch(out + err, /a-token/);
  });

  test('has the origin as its printed address', async (t) => {
    const tokenFile = tokenFileOf(t, 'a-token-of-20-chars-');
    const proxy = ['--behind-proxy', '--origin', 'https://asya.example/'];
    const { line } = await startUi(t, ['--token-file', tokenFile, ...proxy]);
    assert.equal(line, 'https://asya.example/');
  });
});

describe('an invalid option is one line with the rule', () => {
  for (const [args, message] of [
    [['--listen', '8090'], '--listen must be HOST:PORT, such as 127.0.0.1:8090, not "8090"'],
    [
      ['--listen', 'localhost:99999'],
      '--listen must be HOST:PORT, such as 127.0.0.1:8090, not "localhost:99999"',
    ],
    [['--tls-key', 'key.pem'], '--tls-key needs --tls-cert'],
    [['--tls-cert', 'cert.pem'], '--tls-cert needs --tls-key'],
    [
      ['--origin', 'asya.example'],
      '--origin must be a URL with http:// or https://, not "asya.example"',
    ],
    [
      ['--jaeger', 'javascript:alert(1)'],
      '--jaeger must be a URL with http:// or https://, not "javascript:alert(1)"',
    ],
  ] as const) {
    test(args.join(' '), async () => {
      await assert.rejects(
        runCommand(uiCommand, args, { environment: NO_BROKER }),
        new UsageError(message),
      );
    });
  }

  for (const [name, content] of [
    ['short', 'short'],
    ['with a space', 'a token with spaces in it'],
    ['not ASCII', 'a-token-with-ünicode'],
    ['empty', '\n'],
  ] as const) {
    test(`a token that is ${name}`, async (t) => {
      const args = ['--token-file', tokenFileOf(t, content)];
      await assert.rejects(
        runCommand(uiCommand, args, { environment: NO_BROKER }),
        new UsageError(
          '--token-file: the token must have at least 16 characters, which are printable ASCII without spaces',
        ),
      );
    });
  }

  test('an archive folder that does not exist', async () => {
    const args = ['--archive-folder', '/nonexistent'];
    await assert.rejects(
      runCommand(uiCommand, args, { environment: NO_BROKER }),
      new CommandError('--archive-folder: "/nonexistent" is not a folder'),
    );
  });

  test('a file that cannot be read', async () => {
    for (const [option, ...more] of [
      ['token-file'],
      ['tls-cert', '--tls-key', '/nonexistent'],
    ] as const) {
      await assert.rejects(
        runCommand(uiCommand, [`--${option}`, '/nonexistent', ...more], { environment: NO_BROKER }),
        new CommandError(`--${option}: ENOENT: no such file or directory, open '/nonexistent'`),
      );
    }
  });
});

test('over TLS, the address has https, and a key that does not match is one line', async (t) => {
  const folder = folderOf(t);
  const authority = createAuthority('ca');
  const [one, other] = [createCertificate('a', authority), createCertificate('b', authority)];
  const write = (name: string, content: Buffer | string): string => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  const cert = write('cert.pem', one.cert);
  const { line } = await startUi(t, ['--tls-cert', cert, '--tls-key', write('a.pem', one.key)]);
  assert.match(line, /^https:\/\/127\.0\.0\.1:\d+\/#token=/);
  for (const key of [write('b.pem', other.key), write('text.pem', 'no key')]) {
    await assert.rejects(
      runCommand(uiCommand, ['--tls-cert', cert, '--tls-key', key], { environment: NO_BROKER }),
      (error) => error instanceof CommandError && /^--tls-cert, --tls-key: .+$/.test(error.message),
    );
  }
});

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'asya-ui-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

function tokenFileOf(t: TestContext, content: string): string {
  const path = join(folderOf(t), 'token');
  writeFileSync(path, content);
  return path;
}
