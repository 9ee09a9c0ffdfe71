import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCommandLog } from '../../../src/cli/terminal/commandLog.ts';
import type { Log } from '../../../src/log.ts';

function setup(): { log: Log; lines: readonly string[] } {
  const lines: string[] = [];
  const terminal = {
    out: () => {},
    write: async () => {},
    sync: async () => {},
    err: (text: string) => void lines.push(text),
    width: undefined,
    progress: () => {},
    colour: false,
  };
  return { log: createCommandLog(terminal), lines };
}

test('a warning is one line with its reason', () => {
  const { log, lines } = setup();
  log.warn({ err: new Error('refused\u001b[2J'), connection: 'consumes' }, 'not connected');
  log.error('without fields');
  log.warn({ queue: 'a' }, 'without a reason');
  assert.deepEqual(lines, [
    'not connected: refused\\u001b[2J\n',
    'without fields\n',
    'without a reason\n',
  ]);
});

test('a repeated warning is printed once', () => {
  const { log, lines } = setup();
  for (let i = 0; i < 3; i++) log.warn({ err: new Error('refused') }, 'not connected');
  assert.equal(lines.length, 1);
});

test('messages below the level of a warning are not printed', () => {
  const { log, lines } = setup();
  log.info('connected');
  log.debug('connected');
  assert.deepEqual(lines, []);
});
