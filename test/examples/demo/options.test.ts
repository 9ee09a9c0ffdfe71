import assert from 'node:assert/strict';
import test from 'node:test';
import { readOptions } from '../../../examples/demo/options.ts';

test('the demo sends 100 envelopes over SQLite by default', () => {
  const { count, broker, help } = readOptions([]);
  assert.deepEqual(
    { count, broker, help },
    { count: 100, broker: { transport: 'sqlite' }, help: false },
  );
});

test('a demo on RabbitMQ has a URL', () => {
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

test('the error for an invalid option names the option', () => {
  const refused: readonly (readonly [words: readonly string[], message: string])[] = [
    [['--count', '0'], '--count must be an integer from 1 to 100000, not "0"'],
    [['--count', '1.5'], '--count must be an integer from 1 to 100000, not "1.5"'],
    [['--count', 'all'], '--count must be an integer from 1 to 100000, not "all"'],
    [['--transport', 'kafka'], '--transport must be sqlite or rabbitmq, not "kafka"'],
    [['--transport', 'rabbitmq'], '--transport rabbitmq requires --url'],
    [['--url', 'amqp://broker'], '--url requires --transport rabbitmq'],
    [['--listen', '127.0.0.1:0'], '--listen requires --ui'],
    [['--ui', '--listen', 'x'], '--listen must be HOST:PORT, not "x"'],
    [['--ui', '--count', '7'], '--ui excludes --count'],
  ];
  for (const [words, message] of refused) assert.throws(() => readOptions(words), { message });
  assert.throws(() => readOptions(['--speed']), /--speed/);
});
