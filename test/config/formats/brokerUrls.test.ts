import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  BrokerUrlError,
  maskPasswords,
  parseBrokerUrls,
} from '../../../src/config/formats/brokerUrls.ts';

test('a URL sets every property of a broker', () => {
  assert.deepEqual(parseBrokerUrls('amqps://us%40er:p%2Fw@rabbit:5555/my%2Fhost'), [
    {
      hostname: 'rabbit',
      port: 5555,
      username: 'us@er',
      password: 'p/w',
      vhost: 'my/host',
      tls: true,
    },
  ]);
});

test('a URL without port, login or virtual host uses the defaults of RabbitMQ', () => {
  const guest = { hostname: 'rabbit', username: 'guest', password: 'guest', vhost: '/' };
  assert.deepEqual(parseBrokerUrls('amqp://rabbit'), [{ ...guest, port: 5672, tls: false }]);
  assert.deepEqual(parseBrokerUrls('amqp://rabbit/'), [{ ...guest, port: 5672, tls: false }]);
  assert.deepEqual(parseBrokerUrls('amqps://rabbit'), [{ ...guest, port: 5671, tls: true }]);
});

test('a virtual host may contain an at sign', () => {
  const [broker] = parseBrokerUrls('amqp://rabbit:5555/v@h');
  assert.deepEqual([broker?.hostname, broker?.vhost], ['rabbit', 'v@h']);
});

test('several URLs keep their order', () => {
  const brokers = parseBrokerUrls('amqp://a, amqp://b,amqp://[::1]');
  assert.deepEqual(
    brokers.map(({ hostname }) => hostname),
    ['a', 'b', '::1'],
  );
});

test('an invalid list of AMQP URLs is rejected', () => {
  for (const text of [
    '',
    'rabbit',
    'http://a',
    'amqp://',
    'amqp://a,',
    'amqp://a?heartbeat=5',
    'amqp://a#b',
    'amqp://%zz@a',
  ]) {
    assert.throws(() => parseBrokerUrls(text), BrokerUrlError, text);
  }
});

test('a password is masked even if it contains separators', () => {
  assert.equal(
    maskPasswords('amqp://u:p@ss:w@a:1/v, amqps://u@b'),
    'amqp://u:***@a:1/v,amqps://u@b',
  );
});
