import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { PROGRAM } from '../../kit/processes/program.ts';
import { runBin } from '../../kit/processes/sidecarProcess.ts';

/** A sidecar that logs one warning, and exits because it cannot open its file. */
const VARIABLES = {
  ASYA_ACTOR_NAME: 'happy-end',
  ASYA_RUNTIME_PROTOCOL: 'none',
  ASYA_METRICS_ADDR: '127.0.0.1:0',
  ASYA_TRANSPORT: 'sqlite',
  ASYA_SQLITE_PATH: '/no/such/asya.db',
  OTEL_CONFIG_FILE: '/etc/otel.yaml',
};
const WARNING = 'OTEL_CONFIG_FILE is not read; the other OTEL_* variables are';

const hasScript = spawnSync('script', ['--version']).status === 0;
const skip = hasScript ? false : 'needs the command script (apt-get install bsdutils)';

/** Runs a sidecar on a pseudo-terminal, and returns the lines with the warning. */
function runOnTerminal(variables: Readonly<Record<string, string>>): string[] {
  const { stdout } = spawnSync(
    'script',
    ['-qec', `'${process.execPath}' '${PROGRAM}'`, '/dev/null'],
    {
      env: { PATH: process.env['PATH'], SHELL: '/bin/sh', TERM: 'xterm', ...variables },
      stdio: ['ignore', 'pipe', 'inherit'],
      encoding: 'utf8',
      timeout: 30_000,
    },
  );
  return stdout.split(/\r?\n/).filter((line) => line.includes(WARNING));
}

test('on a terminal the log is pretty and coloured', { skip }, () => {
  const [line = '', ...others] = runOnTerminal(VARIABLES);
  assert.deepEqual(others, []);
  assert.notEqual(stripVTControlCharacters(line), line);
  assert.match(
    stripVTControlCharacters(line),
    /^\d\d:\d\d:\d\d WARN happy-end OTEL_CONFIG_FILE is not read.*$/,
  );
});

test('ASYA_LOG_FORMAT overrides the format on a terminal', { skip }, () => {
  const [line = ''] = runOnTerminal({ ...VARIABLES, ASYA_LOG_FORMAT: 'json' });
  assert.equal((JSON.parse(line) as { msg: unknown }).msg, WARNING);
});

test('without a terminal each line is JSON, or pretty if ASYA_LOG_FORMAT is pretty', async () => {
  const { out } = await runBin([], VARIABLES);
  assert.equal((JSON.parse(out) as { msg: unknown }).msg, WARNING);
  const pretty = await runBin([], { ...VARIABLES, ASYA_LOG_FORMAT: 'pretty' });
  assert.match(pretty.out, /WARN happy-end OTEL_CONFIG_FILE is not read/);
  assert.equal(stripVTControlCharacters(pretty.out), pretty.out);
});
