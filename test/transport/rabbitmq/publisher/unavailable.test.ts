import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLog } from '../../../../src/log.ts';
import { QueueInspector } from '../../../../src/transport/rabbitmq/queueInspector.ts';
import { Publisher } from '../../../../src/transport/rabbitmq/publisher/publisher.ts';
import { SendError } from '../../../../src/transport/transport.ts';
import { LookError } from '../../../../src/transport/inspection/queueReader.ts';

const disconnectReason = (): string => 'connect ECONNREFUSED';

test('a send without a connection fails with the reason for which there is none', async () => {
  const publisher = new Publisher({
    confirmTimeoutMs: 10,
    ready: async () => {},
    onBlocked: () => {},
    onUnroutable: () => {},
    disconnectReason,
    log: silentLog,
  });
  const message = 'no connection, or no exchange, in 10 ms: connect ECONNREFUSED';
  await assert.rejects(
    publisher.send(
      { exchange: 'asya', routingKey: 'infer' },
      { body: Buffer.from('1'), headers: {} },
    ),
    new SendError('lost', message, { notWritten: true }),
  );
});

test('a look without a connection fails with the reason for which there is none', async () => {
  const options = { limit: 1, idleTimeoutMs: 10, stopped: new AbortController().signal };
  await assert.rejects(
    new QueueInspector(disconnectReason).look('infer', () => {}, options),
    new LookError('lost', 'not connected to the broker: connect ECONNREFUSED'),
  );
});
