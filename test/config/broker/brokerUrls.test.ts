import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  BrokerUrlError,
  maskPasswords,
  parseBrokerUrls,
} from '../../../src/config/broker/brokerUrls.ts';

test('a URL tells everything about a broker', () => {
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

test('what a URL leaves out is what brokers have at first', () => {
  const guest = { hostname: 'rabbit', username: 'guest', password: 'guest', vhost: '/' };
  assert.deepEqual(parseBrokerUrls('amqp://rabbit'), [{ ...guest, port: 5672, tls: false }]);
  assert.deepEqual(parseBrokerUrls('amqp://rabbit/'), [{ ...guest, port: 5672, tls: false }]);
  assert.deepEqual(parseBrokerUrls('amqps://rabbit'), [{ ...guest, port: 5671, tls: true }]);
});

test('an at-sign in a virtual host is a part of its name', () => {
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

test('what is no list of AMQP URLs is refused', () => {
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

test('a password is masked, whatever is in it', () => {
  assert.equal(
    maskPasswords('amqp://u:p@ss:w@a:1/v, amqps://u@b'),
    'amqp://u:***@a:1/v,amqps://u@b',
  );
});
