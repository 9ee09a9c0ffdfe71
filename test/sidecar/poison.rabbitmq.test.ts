import assert from 'node:assert/strict';
import { dirname, join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { openAmqpChannel } from '../kit/brokers/amqpChannel.ts';
import { PROGRAM } from '../kit/processes/program.ts';
import { stageOnRabbitmq } from '../kit/rigs/rabbitmqRig.ts';
import { startScriptedRuntime } from '../kit/runtimes/scriptedRuntime.ts';
import { sharedBroker } from '../kit/brokers/sharedBroker.ts';
import type { Variables } from '../kit/processes/sidecarProcess.ts';
import { countIds, fatesAt, openStage, type Stage } from '../kit/rigs/stage.ts';
import { supervise } from '../kit/processes/supervised.ts';
import { until } from '../kit/processes/until.ts';
import { poisonTable } from './poison.ts';

const rabbitmq = stageOnRabbitmq();

poisonTable('rabbitmq', rabbitmq);

describe('a payload that kills the sidecar each time', { timeout: 240_000 }, () => {
  for (const [neighbours, concurrency, maxRedeliveries, producer] of [
    [7, 8, 3, 'the sidecar'],
    [12, 4, 2, 'the sidecar'],
    [12, 4, 5, 'a producer without message ids'],
  ] as const) {
    const among = `among ${neighbours} of ${producer} at concurrency ${concurrency}`;
    test(`ends in error-end alone after ${maxRedeliveries} redeliveries ${among}; all other messages pass`, async (t) => {
      const { socketPath, variables, happyEnd, errorEnd, ...stage } = await openStage(t, rabbitmq);
      const send = producer === 'the sidecar' ? stage.send : await openProducer(t, variables);
      const runtime = await startScriptedRuntime(socketPath, (payload) => {
        if (payload !== '"poison"') return answerLater(payload);
        sidecar.signal('SIGKILL');
        return 'hang';
      });
      t.after(() => runtime.stop());
      await send('poison', 'poison');
      for (let n = 0; n < neighbours; n++) await send(`innocent-${n}`, n);
      const sidecar = supervise({
        command: [process.execPath, PROGRAM],
        env: {
          ...variables,
          ASYA_CONCURRENCY: `${concurrency}`,
          ASYA_RETRY_MAX_ATTEMPTS: '1',
          ASYA_MAX_REDELIVERIES: `${maxRedeliveries}`,
        },
        logFile: join(dirname(socketPath), 'sidecar.log'),
      });
      t.after(() => sidecar.stop('SIGKILL'));
      await until(() => countIds(happyEnd) === neighbours, 'the other messages', 60_000);
      await until(() => errorEnd.arrived.length > 0, 'the poison', 60_000);
      assert.deepEqual(fatesAt(errorEnd), [
        { id: 'poison', code: 'redelivered_too_often', attempt: 1 },
      ]);
      assert.ok(
        sidecar.exits.length >= maxRedeliveries - 1,
        `it was killed ${sidecar.exits.length} times`,
      );
    });
  }
});

/** Publishes to the actor's queue without message properties. */
async function openProducer(t: TestContext, variables: Variables): Promise<Stage['send']> {
  const channel = await openAmqpChannel(t, sharedBroker().url);
  const { ASYA_ACTOR_NAME: actor = '' } = variables;
  return async (id, payload) => {
    const envelope = { id, route: { actors: [actor], current: 0 }, payload };
    channel.sendToQueue(`asya-${actor}`, Buffer.from(JSON.stringify(envelope)));
    await channel.waitForConfirms();
  };
}

/** Longer than a concurrent message needs to kill the sidecar. */
function answerLater(payload: string): Promise<string> {
  return new Promise((resolve) => void setTimeout(resolve, 300, payload));
}
