import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { parseReleaseSeries, parseSeriesOptions } from './releaseSeries.ts';

const NAMED: readonly (readonly [string, readonly string[]])[] = [
  ['--rabbitmq', ['default']],
  ['--rabbitmq 4.3', ['4.3']],
  ['--rabbitmq=3.10', ['3.10']],
  ['--rabbitmq4', ['4.0']],
  ['--rabbitmq4 4.3', ['4.3']],
  ['--rabbitmq 3.10 --rabbitmq 4.3', ['3.10', '4.3']],
];

for (const [options, series] of NAMED) {
  test(`"${options}" names the release series ${series.join(' and ')}`, () => {
    const commandLine = ['--seed', '7', ...options.split(' '), '--batches'];
    assert.deepEqual(parseSeriesOptions(commandLine), {
      series,
      words: ['--seed', '7', '--batches'],
    });
  });
}

test('a command line without such an option names no release series', () => {
  assert.deepEqual(parseSeriesOptions(['--short']), { series: [], words: ['--short'] });
});

test('a commit or a word after the option is not a number of a release series', () => {
  for (const word of ['31912bc', '1234567', 'hops', 'v4.3'])
    assert.deepEqual(parseSeriesOptions(['--rabbitmq4', word]), { series: ['4.0'], words: [word] });
});

test('an unknown number is an error that lists the known ones', () => {
  for (const commandLine of [['--rabbitmq', '4'], ['--rabbitmq4', '5.0'], ['--rabbitmq=']])
    assert.throws(() => parseSeriesOptions(commandLine), /known are 3\.10, 4\.0, 4\.3$/);
  assert.throws(() => parseReleaseSeries('constructor'), /"constructor" is not a known/);
});

for (const program of [
  'test/run.ts',
  'tools/chaos/run.ts',
  'tools/chaos/soak.ts',
  'tools/chaos/rolling.ts',
  'tools/chaos/killedCommands.ts',
  'tools/upgrade/run.ts',
]) {
  test(`${program} refuses an unknown release series with one line and exit code 2`, () => {
    const { status, stderr } = spawnSync(process.execPath, [program, '--rabbitmq', '5.0'], {
      encoding: 'utf8',
    });
    assert.equal(
      stderr,
      '"5.0" is not a known release series of RabbitMQ; known are 3.10, 4.0, 4.3\n',
    );
    assert.equal(status, 2);
  });
}
