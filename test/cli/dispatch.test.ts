import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CommandError, UsageError } from '../../src/cli/command/command.ts';
import { dispatch, type Programs } from '../../src/cli/dispatch.ts';
import type { Environment } from '../../src/config/config.ts';
import { ListenError } from '../../src/lifecycle/http.ts';
import { OpenError } from '../../src/transport/transport.ts';

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function run(
  args: readonly string[],
  programs: Partial<Programs> = {},
  environment: Environment = {},
): Promise<Ran> {
  let out = '';
  let err = '';
  const terminal = {
    out: (text: string) => void (out += text),
    err: (text: string) => void (err += text),
    width: undefined,
    colour: false,
  };
  const code = await dispatch(args, environment, terminal, {
    run: async () => 0,
    commands: {},
    ...programs,
  });
  return { code, out, err };
}

function failing(error: Error): Programs['run'] {
  return async () => {
    throw error;
  };
}

test('without a word the sidecar runs, and its exit code counts', async () => {
  assert.deepEqual(await run([], { run: async () => 1 }), { code: 1, out: '', err: '' });
});

test('a command gets the words behind its name, and its exit code counts', async () => {
  const commands = { send: async (args: readonly string[]) => args.length };
  assert.equal((await run(['send', 'a', '--b'], { commands })).code, 2);
});

test('--help tells the commands and every variable', async () => {
  for (const word of ['--help', '-h']) {
    const { code, out } = await run([word]);
    assert.equal(code, 0);
    assert.match(out, /send FILE/);
    assert.match(out, /ASYA_RUNTIME_TIMEOUT {2}\(duration; default: 5m\)/);
  }
});

test('--check tells every problem of the configuration, or nothing but what counts', async () => {
  const bad = await run(['--check'], {}, { ASYA_ACTOR_NAME: 'a', ASYA_CONCURRENCY: '0' });
  assert.deepEqual(bad, {
    code: 2,
    out: '',
    err: 'the configuration is not valid:\n  ASYA_CONCURRENCY: must be an integer from 1 to 65535: value was "0"\n',
  });
  const good = await run(['--check'], {}, { ASYA_ACTOR_NAME: 'a' });
  assert.deepEqual([good.code, good.err], [0, '']);
  assert.match(good.out, /^ASYA_ACTOR_NAME=a\nASYA_IS_END_ACTOR=false\n/);
});

test('a word that is no command is bad usage, also when every object has such a property', async () => {
  for (const word of ['nope', '--nope', 'toString']) {
    assert.deepEqual(await run([word]), {
      code: 2,
      out: '',
      err: `asya-sidecar: there is no command "${word}"; --help tells more\n`,
    });
  }
});

test('bad usage of a command is told in one line', async () => {
  const { code, err } = await run([], { run: failing(new UsageError('one FILE is needed')) });
  assert.deepEqual([code, err], [2, 'asya-sidecar: one FILE is needed; --help tells more\n']);
});

test('what people can mend themselves is told in one line, and ends with 1', async () => {
  const errors = [
    new CommandError('no such file'),
    new ListenError('port in use'),
    new OpenError('a file of somebody else'),
  ];
  for (const error of errors) {
    const { code, err } = await run([], { run: failing(error) });
    assert.deepEqual([code, err], [1, `asya-sidecar: ${error.message}\n`]);
  }
});

test('any other fault is told with all that is known of it', async () => {
  const { code, err } = await run([], { run: failing(new TypeError('a slip')) });
  assert.equal(code, 1);
  assert.match(err, /^asya-sidecar: TypeError: a slip\n {4}at /);
});
