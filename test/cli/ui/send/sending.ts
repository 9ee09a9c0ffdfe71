import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, test, type TestContext } from 'node:test';
import type { SendAnswer, SendEnd, SendEvent } from '../../../../src/cli/ui/send/contract.ts';
import { createSendRoute } from '../../../../src/cli/ui/send/sendRoute.ts';
import { readCommandConfig } from '../../../../src/cli/command/config.ts';
import { openTransport } from '../../../../src/transport/open.ts';
import type { Topology } from '../../../../src/transport/queues.ts';
import { answerArrivals, type Arrived } from '../../../kit/envelopes/answerArrivals.ts';
import { createCommandContext } from '../../../kit/processes/commandContext.ts';
import { within } from '../../../kit/processes/until.ts';
import { callRoute, type Called } from './callRoute.ts';
import type { StageOptions } from '../../../kit/rigs/stage.ts';

export interface SendingOptions extends StageOptions {
  /** Reports whether a reply queue exists. */
  readonly hasReplyQueue: (queue: string) => Promise<boolean>;
}

/** `POST /api/send` on a transport that the route and an answering actor open. */
export function testSending(transportName: string, options: SendingOptions): void {
  const { hasReplyQueue, ...stage } = options;
  describe(`POST /api/send on ${transportName}`, { timeout: 240_000 }, () => {
    test('reports the confirm, the answer with its bytes, and the end', async (t) => {
      const { send } = await setup(t, stage, ({ reply }) => reply('{"big": 9007199254740993}'));
      const { events, notes, actor } = await send({ id: 'a' });
      const [first, ...others] = events;
      assert.ok(first !== undefined && 'sent' in first && first.sent !== undefined);
      const { at, ...sent } = first.sent;
      assert.deepEqual(sent, { id: 'a', journey: 'a', to: actor });
      assert.ok(!Number.isNaN(Date.parse(at)));
      const [answer, end] = split(others);
      assert.deepEqual(answer.map(withoutTime), [
        { id: 'a', place: '', payload: '{"big": 9007199254740993}' },
      ]);
      assert.deepEqual(end, { kind: 'complete', text: '1 answer', answers: 1, failures: 0 });
      assert.deepEqual(notes, [`envelope "a" to "${actor}"`, '1 answer']);
    });

    test('an error is an answer with its code, text and actor', async (t) => {
      const { send } = await setup(t, stage, ({ fail }) => fail('<b>not a number</b>'));
      const [answers, end] = split((await send({ id: 'a' })).events);
      const text = 'ValueError: <b>not a number</b>';
      const failure = { code: 'runtime_error', text, actor: 'infer' };
      assert.deepEqual(answers.map(withoutTime), [{ id: 'a', place: '', failure }]);
      assert.deepEqual(end, {
        kind: 'complete',
        text: '1 answer, an error',
        answers: 1,
        failures: 1,
      });
    });

    test('the answers of a fan-out have their places', async (t) => {
      const { send } = await setup(t, stage, ({ hops, fanout, reply, fail }) => {
        const child = (index: number): object => ({
          id: index === 0 ? 'a' : `a.${hops}.${index}`,
          fanout: { of: 'a', index, total: 3, hop: hops, outer: fanout },
        });
        reply('"first"', child(0));
        fail('broken', child(2));
        reply('"second"', child(1));
      });
      const [answers, end] = split((await send({ id: 'a' })).events);
      assert.deepEqual(
        answers.map(({ id, place, payload }) => [id, place, payload]),
        [
          ['a', '[0]', '"first"'],
          ['a.0.2', '[2]', undefined],
          ['a.0.1', '[1]', '"second"'],
        ],
      );
      assert.equal(end?.text, '3 answers, 1 of them errors');
    });

    test('when the time is over, the end says how many answers are missing', async (t) => {
      const { send } = await setup(t, stage);
      const { events } = await send({ wait: '2s' });
      const [answers, end] = split(events);
      assert.deepEqual(answers, []);
      const text = 'time over after 2s; 1 of 1 answers missing';
      assert.deepEqual(end, { kind: 'time_over', text, answers: 0, failures: 0 });
    });

    test('without a queue for the first actor, nothing is sent', async (t) => {
      const { send } = await setup(t, stage);
      const { events, notes } = await send({ actors: ['missing'] });
      const text = 'not stored: no queue for actor "missing"';
      const end = { kind: 'failed', text, field: 'actors[0]', answers: 0, failures: 0 };
      assert.deepEqual(events, [{ end }]);
      assert.equal(notes.at(-1), text);
    });

    test('closing the connection ends the wait and deletes the reply queue', async (t) => {
      const stop = new AbortController();
      const arrived = Promise.withResolvers<Arrived>();
      const { send } = await setup(t, stage, arrived.resolve);
      const sending = send({}, stop.signal);
      const { replyTo } = await arrived.promise;
      assert.equal(await hasReplyQueue(replyTo), true);
      stop.abort();
      const { notes } = await within(sending, 'the end of the wait');
      assert.equal(notes.at(-1), 'stopped; 1 of 1 answers missing');
      assert.equal(await hasReplyQueue(replyTo), false);
    });

    test('only some envelopes are sent at the same time', async (t) => {
      const stop = new AbortController();
      const arrived = Promise.withResolvers<Arrived>();
      const { send } = await setup(t, stage, arrived.resolve, 1);
      const first = send({}, stop.signal);
      await arrived.promise;
      const second = await send({});
      const text = 'too many envelopes are being sent (1); try again later';
      assert.deepEqual(second.events, [{ end: { kind: 'failed', text, answers: 0, failures: 0 } }]);
      stop.abort();
      await within(first, 'the end of the first wait');
    });
  });
}

interface Sent extends Called {
  readonly actor: string;
}

interface Setup {
  /** Sends an envelope to the actor that answers. */
  readonly send: (body: object, closed?: AbortSignal) => Promise<Sent>;
}

async function setup(
  t: TestContext,
  { open, variablesOf }: StageOptions,
  onArrival: (arrived: Arrived) => void = () => {},
  maxParallel?: number,
): Promise<Setup> {
  const run = randomUUID().slice(0, 8);
  const topology: Topology = {
    actor: `work-${run}`,
    happyEnd: `happy-${run}`,
    errorEnd: `error-${run}`,
    retryDelaysMs: [],
  };
  const transport = await open(topology, () => {});
  t.after(() => transport.close());
  await answerArrivals(transport, topology.actor, onArrival);
  const route = createSendRoute({
    config: readCommandConfig(variablesOf(topology)),
    context: createCommandContext({ openTransport }).context,
    ...(maxParallel === undefined ? {} : { maxParallel }),
  });
  return {
    send: async (body, closed) => {
      const { actor } = topology;
      const called = await callRoute(route, { actors: [actor], payload: '1', ...body }, closed);
      return { ...called, actor };
    },
  };
}

function split(
  events: readonly SendEvent[],
): [answers: readonly SendAnswer[], end: SendEnd | undefined] {
  const answers = events.flatMap((event) => ('answer' in event ? [event.answer ?? []].flat() : []));
  const last = events.at(-1);
  return [answers, last !== undefined && 'end' in last ? last.end : undefined];
}

function withoutTime({ at, ...answer }: SendAnswer): Omit<SendAnswer, 'at'> {
  assert.ok(!Number.isNaN(Date.parse(at)));
  return answer;
}
