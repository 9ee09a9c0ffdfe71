import assert from 'node:assert/strict';
import { queueArguments } from '../../../kit/brokers/rabbitmqctl.ts';
import { sharedBroker } from '../../../kit/brokers/sharedBroker.ts';
import { stageOnRabbitmq } from '../../../kit/rigs/rabbitmqRig.ts';
import { testSending } from './sending.ts';

testSending('rabbitmq', {
  ...stageOnRabbitmq(),
  async hasReplyQueue(queue) {
    const { control } = sharedBroker();
    assert.ok(control);
    return (await queueArguments(control)).has(queue);
  },
});
