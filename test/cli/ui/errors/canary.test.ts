import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { ActionEvent, CanaryState } from '../../../../src/cli/ui/errors/contract.ts';
import type { Environment } from '../../../../src/config/config.ts';
import type { Message } from '../../../../src/transport/message.ts';
import { envelopeWith, errorEnvelope } from '../../../kit/envelopes/failures.ts';
import { serveMemoryErrors, type ErrorsRig } from '../../../kit/ui/errorsRig.ts';
import { until, untilMatches } from '../../../kit/processes/until.ts';
import type { Commands } from '../../../kit/processes/commands.ts';

interface Sent {
  readonly id: string;
  readonly headers: Readonly<Record<string, unknown>>;
}

type End = 'happy_end' | 'error_end';

interface Setup extends ErrorsRig, Commands {
  readonly lookId: string;
  /** The ids of the envelopes that arrived at the actor. */
  readonly arrived: readonly string[];
}

const CANARY = { selection: { filter: {} }, canary: true };

/** Three failed messages, and an actor that answers with this end, or not at all. */
async function setup(
  t: TestContext,
  end: End | undefined,
  environment: Environment = {},
): Promise<Setup> {
  const rig = await serveMemoryErrors(t, { environment });
  for (const id of ['a', 'b', 'c']) {
    await rig.put('error-end', errorEnvelope(envelopeWith({ id })));
  }
  const { id: lookId } = await rig.client.look();
  const arrived: string[] = [];
  await rig.transport.receive(
    'infer',
    (delivery) => {
      void rig.transport.ack(delivery);
      const sent = JSON.parse(String(delivery.body)) as Sent;
      arrived.push(sent.id);
      const queue = String(sent.headers['x-asya-reply-to']);
      if (end !== undefined) rig.transport.sendCopy(queue, copyFor(sent, end));
    },
    { prefetch: 10 },
  );
  return { ...rig, lookId, arrived };
}

function copyFor({ id, headers }: Sent, end: End): Message {
  const details = { code: 'runtime_error', message: 'again', type: 'ValueError', actor: 'post' };
  const payload = end === 'error_end' ? { error: 'again', details } : 1;
  const body = { id, headers: { 'x-asya-fanout': headers['x-asya-fanout'] }, payload };
  return { body: Buffer.from(JSON.stringify(body)), headers: { 'asya-end': end } };
}

function canaryStates(events: readonly ActionEvent[]): readonly CanaryState[] {
  return events.flatMap((event) => ('canary' in event ? [event.canary] : []));
}

const SENT = { state: 'sent', id: 'a', text: 'waiting for the end of its journey' } as const;

test('the others are replayed when the canary has reached happy-end', async (t) => {
  const { client, lookId, arrived } = await setup(t, 'happy_end');
  const { events, end } = await client.act('replay', lookId, CANARY);
  assert.deepEqual(canaryStates(events), [
    SENT,
    { state: 'passed', id: 'a', text: 'canary "a" reached happy-end' },
  ]);
  assert.deepEqual([(await end).kind, (await end).text], ['done', '3 replayed']);
  await until(() => arrived.length === 3, 'all envelopes');
  assert.deepEqual(arrived, ['a', 'b', 'c']);
});

test('the others stay in the queue when the canary fails', async (t) => {
  const { client, lookId, arrived, look } = await setup(t, 'error_end');
  const { events, end } = await client.act('replay', lookId, CANARY);
  const text = 'canary "a" failed: runtime_error at "post": ValueError: again';
  assert.deepEqual(canaryStates(events), [SENT, { state: 'failed', id: 'a', text }]);
  assert.deepEqual(await end, {
    kind: 'stopped',
    done: 1,
    left: 2,
    missing: 0,
    text: `${text}; 1 replayed, 2 left in the queue`,
  });
  assert.deepEqual(arrived, ['a']);
  assert.equal((await look('error-end')).length, 2);
});

test('the others stay in the queue when the canary has no answer in time', async (t) => {
  const { client, lookId, look } = await setup(t, undefined, { ASYA_RUNTIME_TIMEOUT: '25ms' });
  const { events, end } = await client.act('replay', lookId, CANARY);
  const [, state] = canaryStates(events);
  assert.equal(state?.state, 'no_answer');
  assert.match((await end).text, /^canary "a": no answer within 50ms; .*; 1 replayed, 2 left/);
  assert.equal((await look('error-end')).length, 2);
});

test('while the canary is on its way, all other messages are in the queue', async (t) => {
  const { client, lookId, transport, server } = await setup(t, undefined);
  const running = await client.start('replay', lookId, CANARY);
  await running.event('canary');
  assert.equal(await transport.depth('error-end'), 2);
  running.close();
  await client.look();
  await untilMatches(
    () => server.lines[0] ?? '',
    /with a canary; stopped; 1 replayed, 2 left in the queue$/,
  );
});

test('a canary that cannot be sent ends the replay', async (t) => {
  const { client, lookId, arrived } = await setup(t, 'happy_end');
  const body = { selection: { rows: [1] }, canary: true, edits: { route: ['nowhere'] } };
  const { end } = await client.act('replay', lookId, body);
  assert.equal((await end).text, 'canary "b" was not sent; 0 replayed, 1 left in the queue');
  assert.deepEqual(arrived, []);
});
