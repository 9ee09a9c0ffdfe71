import assert from 'node:assert/strict';
import { test } from 'node:test';
import { redactPasswords } from '../../telemetry/secrets.ts';

const hidden: Readonly<Record<string, string>> = {
  'amqps://user:hunter2@broker-1:5671/vhost': 'amqps://user:***@broker-1:5671/vhost',
  'amqp://:hunter2@host': 'amqp://:***@host',
  'amqp://a:hunter2@one,amqp://b:hunter2@two,three': 'amqp://a:***@one,amqp://b:***@two,three',
  // Characters that should have been escaped.
  'amqp://user:hun@ter2@host/v': 'amqp://user:***@host/v',
  'amqp://user:hun/ter2@host': 'amqp://user:***@host',
  'amqp://user:hun"ter2@host': 'amqp://user:***@host',
  'amqp://user:hun\\ter2@host': 'amqp://user:***@host',
};

for (const [text, expected] of Object.entries(hidden)) {
  test(`the password of ${text} is redacted in text and in JSON`, () => {
    const line = JSON.stringify({ msg: `cannot reach ${text}`, next: 'me@example.org' });
    assert.deepEqual(JSON.parse(redactPasswords(line)), {
      msg: `cannot reach ${expected}`,
      next: 'me@example.org',
    });
    // JSON escapes both with a backslash.
    if (!/["\\]/.test(text)) assert.equal(redactPasswords(text), expected);
  });
}

test('text without a password is unchanged', () => {
  for (const text of [
    'http://localhost:4318/v1/traces',
    'amqp://user@host',
    'http://host:80 and me@example.org',
    JSON.stringify({ url: 'http://host:80', to: 'me@example.org' }),
    JSON.stringify({ text: 'http://host:80\nme@example.org' }),
  ]) {
    assert.equal(redactPasswords(text), text);
  }
});
