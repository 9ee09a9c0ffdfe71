import assert from 'node:assert/strict';
import test from 'node:test';
import { readOptions } from '../../../examples/demo/options.ts';

test('a demo without options sends a hundred envelopes over SQLite', () => {
  const { count, broker, help } = readOptions([]);
  assert.deepEqual(
    { count, broker, help },
    { count: 100, broker: { transport: 'sqlite' }, help: false },
  );
});

test('a demo on a broker is told where that is', () => {
  const { count, broker } = readOptions([
    '--count=7',
    '--transport',
    'rabbitmq',
    '--url',
    'amqp://broker',
  ]);
  assert.equal(count, 7);
  assert.deepEqual(broker, { transport: 'rabbitmq', url: 'amqp://broker' });
});

test('options that make no sense are refused by name', () => {
  const refused: readonly (readonly [words: readonly string[], message: string])[] = [
    [['--count', '0'], '--count must be an integer from 1 to 100000, it is "0"'],
    [['--count', '1.5'], '--count must be an integer from 1 to 100000, it is "1.5"'],
    [['--count', 'all'], '--count must be an integer from 1 to 100000, it is "all"'],
    [['--transport', 'kafka'], '--transport must be sqlite or rabbitmq, it is "kafka"'],
    [['--transport', 'rabbitmq'], '--transport rabbitmq needs --url amqp://…'],
    [['--url', 'amqp://broker'], '--url is for --transport rabbitmq'],
  ];
  for (const [words, message] of refused) assert.throws(() => readOptions(words), { message });
  assert.throws(() => readOptions(['--speed']), /--speed/);
});
