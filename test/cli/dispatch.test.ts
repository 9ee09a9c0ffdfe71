import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  defineCommand,
  defineGroup,
  type Command,
  type CommandTable,
} from '../../src/cli/command/command.ts';
import { CommandError, EXIT, UsageError } from '../../src/cli/command/exit.ts';
import { COMMANDS } from '../../src/cli/commands.ts';
import { dispatch } from '../../src/cli/dispatch.ts';
import { errorsCommand } from '../../src/cli/errors/errorsCommand.ts';
import { createHelpCommand } from '../../src/cli/help.ts';
import type { Environment } from '../../src/config/config.ts';
import { ListenError } from '../../src/lifecycle/http.ts';
import { OpenError } from '../../src/transport/transport.ts';
import { createCommandContext, type CommandResult } from '../kit/processes/commandContext.ts';

interface Options {
  readonly commands?: CommandTable;
  readonly environment?: Environment;
  readonly runSidecar?: () => Promise<number>;
}

async function run(
  words: readonly string[],
  { commands = COMMANDS, environment = {}, runSidecar = async () => 0 }: Options = {},
): Promise<CommandResult> {
  const { context, printed } = createCommandContext({ environment });
  const { terminal } = context;
  const code = await dispatch(words, {
    terminal,
    commands,
    runSidecar,
    createContext: () => context,
  });
  return { code, ...printed() };
}

/** A table with one command. */
function tableOf(command: Command): CommandTable {
  return { [command.name]: async () => command };
}

const ECHO = defineCommand({
  name: 'echo',
  summary: 'prints its operands',
  description: ['Prints its operands.'],
  options: { loud: { type: 'boolean', doc: 'In capitals.' } },
  operands: { name: 'WORD', multiple: true, required: true },
  async run(args, { terminal }) {
    const text = args.operands.join(' ');
    terminal.out(args.has('loud') ? text.toUpperCase() : text);
    return EXIT.failed;
  },
});

test('the sidecar runs when no command is named, and its exit code is returned', async () => {
  assert.deepEqual(await run([], { runSidecar: async () => 1 }), { code: 1, out: '', err: '' });
});

test('a command receives the words after its name, and its exit code is returned', async () => {
  const ran = await run(['echo', 'a', '--loud', 'b'], { commands: tableOf(ECHO) });
  assert.deepEqual(ran, { code: 1, out: 'A B', err: '' });
});

test('help lists all commands, exit codes and variables', async () => {
  const { code, out } = await run(['help']);
  assert.equal(code, 0);
  for (const name of Object.keys(COMMANDS)) assert.match(out, new RegExp(`^  ${name} +\\w`, 'm'));
  assert.match(out, /^ {2}2 +the command line or the configuration is invalid$/m);
  assert.match(out, /ASYA_RUNTIME_TIMEOUT {2}\(duration; default: 5m\)/);
  for (const word of ['--help', '-h']) assert.equal((await run([word])).out, out);
});

test('every command prints its usage in one form', async () => {
  for (const name of Object.keys(COMMANDS)) {
    const { code, out } = await run([name, '--help']);
    assert.equal(code, 0);
    assert.match(out, new RegExp(`^usage: asya-sidecar ${name}\\b`));
    assert.match(out, /^options:\n(?: {2}.*\n)* {2}-h, --help {2,}Prints this text\.\n$/m);
    assert.deepEqual(await run(['help', name]), { code: 0, out, err: '' });
    assert.deepEqual(
      out.split('\n').filter((line) => line.length > 80),
      [],
    );
  }
});

/** `replay` stands for `errors replay`. */
const NAMES = Object.keys(COMMANDS).filter((name) => name !== 'replay');

test('each command of errors prints its usage in the same form, with an example', async () => {
  const names = Object.keys(errorsCommand.commands ?? {});
  assert.deepEqual(names, ['list', 'show', 'export', 'discard', 'replay']);
  for (const name of names) {
    const { code, out } = await run(['errors', name, '--help']);
    assert.equal(code, 0);
    assert.match(out, new RegExp(`^usage: asya-sidecar errors ${name}\\b`));
    assert.match(out, new RegExp(`^Example: asya-sidecar errors ${name} `, 'm'));
    assert.deepEqual(
      out.split('\n').filter((line) => line.length > 80),
      [],
    );
    assert.deepEqual(await run(['help', 'errors', name]), { code: 0, out, err: '' });
  }
});

test('the synopsis of a command is made from its options and operands', async () => {
  const synopses = await Promise.all(
    NAMES.map(async (name) =>
      (await run([name, '-h'])).out.split('\n\n')[0]?.replaceAll(/\s+/g, ' '),
    ),
  );
  assert.deepEqual(synopses, [
    'usage: asya-sidecar send [--route ACTOR,…] [--wait TIME] [--deadline TIME] [--header NAME=VALUE]… FILE…',
    'usage: asya-sidecar peek [--retry] [--parked] [--limit N] [--full] [--json] [--yes] [--force] ACTOR',
    'usage: asya-sidecar errors COMMAND',
    'usage: asya-sidecar ledger --sent FILE… [--happy FILE]… [--error FILE]… [--look QUEUE]… [--log FILE]…',
    'usage: asya-sidecar tail [--journey ID]… [--actor ACTOR]… [--failed] [--json] [--token-file FILE] ADDRESS…',
    'usage: asya-sidecar trace [--log] [--journey ID]… [--actor ACTOR]… [--failed] [--slow TIME] [--since TIME] [--limit N] FILE…',
    'usage: asya-sidecar ui [--listen ADDRESS] [--sidecars ADDRESS…] [--hops-token-file FILE] [--traces FILE…] [--read-only] [--archive-folder FOLDER] [--token-file FILE] [--tls-cert FILE] [--tls-key FILE] [--behind-proxy] [--origin URL] [--jaeger URL] [--tempo URL] [--grafana URL] [--tempo-uid UID]',
    'usage: asya-sidecar check [--connect] [--payload JSON] [--skip PART]… [--timeout TIME] [--json]',
    'usage: asya-sidecar version',
    'usage: asya-sidecar help [COMMAND…]',
  ]);
});

const GROUP = defineGroup({
  name: 'group',
  summary: 'prints in groups',
  description: ['Prints in groups.'],
  commands: { loud: async () => ({ ...ECHO, name: 'group loud' }) },
});
const GROUPS = tableOf(GROUP);

test('a group runs the command that its first word names', async () => {
  assert.deepEqual(await run(['group', 'loud', 'a', '--loud'], { commands: GROUPS }), {
    code: 1,
    out: 'A',
    err: '',
  });
});

test('the usage of a group lists its commands', async () => {
  const { code, out, err } = await run(['group', '--help'], { commands: GROUPS });
  assert.deepEqual([code, err], [0, '']);
  assert.match(out, /^usage: asya-sidecar group COMMAND\n/);
  assert.match(out, /^commands:\n {2}loud {2}prints its operands\n$/m);
  assert.equal((await run(['group', '-h'], { commands: GROUPS })).out, out);
  const alone = await run(['group'], { commands: GROUPS });
  assert.deepEqual(alone, { code: 2, out: '', err: out });
});

test('help prints the usage of a command of a group', async () => {
  const commands = { ...GROUPS, help: async () => createHelpCommand(GROUPS) };
  const { code, out } = await run(['help', 'group', 'loud'], { commands });
  assert.equal(code, 0);
  assert.equal(out, (await run(['group', 'loud', '--help'], { commands })).out);
  assert.deepEqual(await run(['help', 'group', 'nope'], { commands }), {
    code: 2,
    out: '',
    err: 'asya-sidecar: unknown command "group nope"; see asya-sidecar group --help\n',
  });
  assert.equal((await run(['help', 'group', 'loud', 'x'], { commands })).code, 2);
});

test('a usage error of a group names the help of its command', async () => {
  assert.deepEqual(await run(['group', 'nope'], { commands: GROUPS }), {
    code: 2,
    out: '',
    err: 'asya-sidecar: unknown command "group nope"; see asya-sidecar group --help\n',
  });
  assert.deepEqual(await run(['group', 'loud'], { commands: GROUPS }), {
    code: 2,
    out: '',
    err: 'asya-sidecar: at least one WORD is required; see asya-sidecar group loud --help\n',
  });
});

test('--check prints the effective configuration, or every problem', async () => {
  const bad = await run(['--check'], {
    environment: { ASYA_ACTOR_NAME: 'a', ASYA_CONCURRENCY: '0' },
  });
  assert.deepEqual([bad.code, bad.out], [2, '']);
  assert.match(
    bad.err,
    /^asya-sidecar: invalid configuration:\n {2}ASYA_CONCURRENCY: must be .*\n$/,
  );
  const good = await run(['--check'], { environment: { ASYA_ACTOR_NAME: 'a' } });
  assert.deepEqual([good.code, good.err], [0, '']);
  assert.match(good.out, /^ASYA_ACTOR_NAME=a\nASYA_IS_END_ACTOR=false\n/);
});

test('an unknown command is a usage error, even if objects have a property of that name', async () => {
  for (const words of [['nope'], ['--nope'], ['toString'], ['constructor']]) {
    assert.deepEqual(await run(words), {
      code: 2,
      out: '',
      err: `asya-sidecar: unknown command "${words[0]}"; see asya-sidecar --help\n`,
    });
  }
  assert.equal((await run(['help', 'toString'])).code, 2);
});

test('a usage error is one line that names the help of the command', async () => {
  const commands = tableOf(ECHO);
  assert.deepEqual(await run(['echo'], { commands }), {
    code: 2,
    out: '',
    err: 'asya-sidecar: at least one WORD is required; see asya-sidecar echo --help\n',
  });
  assert.deepEqual(await run(['echo', '--nope'], { commands }), {
    code: 2,
    out: '',
    err: "asya-sidecar: unknown option '--nope'; see asya-sidecar echo --help\n",
  });
  const operand = await run(['version', 'x']);
  assert.equal(operand.code, 2);
  assert.match(operand.err, /; see asya-sidecar version --help\n$/);
});

function failing(error: Error): () => Promise<number> {
  return async () => {
    throw error;
  };
}

test('an error that a user can correct is one line, and the exit code is 1', async () => {
  const errors = [
    new CommandError('no such file'),
    new ListenError('port in use'),
    new OpenError('the file is a database of another program'),
  ];
  for (const error of errors) {
    const { code, err } = await run([], { runSidecar: failing(error) });
    assert.deepEqual([code, err], [1, `asya-sidecar: ${error.message}\n`]);
  }
  const usage = await run([], { runSidecar: failing(new UsageError('no')) });
  assert.deepEqual([usage.code, usage.err], [2, 'asya-sidecar: no; see asya-sidecar --help\n']);
});

test('an unexpected error is printed with its stack', async () => {
  const { code, err } = await run([], { runSidecar: failing(new TypeError('a bug')) });
  assert.equal(code, 1);
  assert.match(err, /^asya-sidecar: TypeError: a bug\n {4}at /);
});
