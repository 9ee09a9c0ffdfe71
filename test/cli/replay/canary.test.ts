import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { UsageError } from '../../../src/cli/command/exit.ts';
import { errorsReplayCommand } from '../../../src/cli/replay.ts';
import type { Message } from '../../../src/transport/message.ts';
import type { CommandResult, ContextOverrides } from '../../kit/processes/commandContext.ts';
import { setupCommands, type Commands } from '../../kit/processes/commands.ts';
import { until } from '../../kit/processes/until.ts';

const SENT = 'canary "a" was sent; waiting for the end of its journey\n';

interface Sent {
  readonly id: string;
  readonly headers: Readonly<Record<string, unknown>>;
}

/** Answers an envelope, as the sidecar does that sends it to an end. */
type Answer = (end: 'happy_end' | 'error_end', fanout?: object) => void;

interface Setup {
  readonly commands: Commands;
  /** The envelopes that arrived at the actor `prep`. */
  readonly arrived: readonly Sent[];
  readonly replay: (
    args?: readonly string[],
    overrides?: ContextOverrides,
  ) => Promise<CommandResult>;
}

/** Puts three failed envelopes into error-end's queue, after the given messages. */
async function setup(
  t: TestContext,
  onArrival: (sent: Sent, answer: Answer) => void,
  before: readonly Buffer[] = [],
): Promise<Setup> {
  const commands = await setupCommands(t);
  const { transport } = commands;
  for (const message of before) await commands.put('error-end', message);
  for (const id of ['a', 'b', 'c']) await commands.put('error-end', failed(id));
  const arrived: Sent[] = [];
  await transport.receive(
    'prep',
    (delivery) => {
      void transport.ack(delivery);
      const sent = JSON.parse(delivery.body.toString()) as Sent;
      arrived.push(sent);
      onArrival(sent, (end, fanout) =>
        transport.sendCopy(String(sent.headers['x-asya-reply-to']), copyFor(sent, end, fanout)),
      );
    },
    { prefetch: 10 },
  );
  return {
    commands,
    arrived,
    replay: (args = [], overrides = {}) =>
      commands.run(errorsReplayCommand, ['--all', '--canary', ...args], overrides),
  };
}

function failed(id: string, to = 'prep'): object {
  return {
    id,
    route: { actors: [to], current: 0 },
    headers: { 'x-asya-hops': 1, 'x-asya-reply-to': 'asya:reply:gone' },
    payload: {
      error: 'ValueError: on purpose',
      details: { code: 'runtime_error', message: 'on purpose', actor: to },
      original_payload: { of: id },
    },
  };
}

function copyFor({ id, headers }: Sent, end: string, fanout = headers['x-asya-fanout']): Message {
  const details = { code: 'runtime_error', message: 'again\u001b', type: 'ValueError', actor: 'x' };
  const payload = end === 'error_end' ? { error: 'again', details } : 1;
  const body = { id, headers: { 'x-asya-fanout': fanout }, payload };
  return { body: Buffer.from(JSON.stringify(body)), headers: { 'asya-end': end } };
}

function idsOf(messages: readonly Message[]): string[] {
  return messages.map(({ body }) => (JSON.parse(body.toString()) as Sent).id);
}

test('the others follow when the canary has reached happy-end, with their own reply queue', async (t) => {
  let held = 0;
  const { commands, arrived, replay } = await setup(t, ({ id }, answer) => {
    if (id !== 'a') return;
    void commands.transport.depth('prep').then((depth = 0) => {
      held = depth;
      answer('happy_end');
    });
  });
  const { code, out, err } = await replay();
  assert.deepEqual([code, err], [0, `${SENT}canary "a" reached happy-end\n`]);
  assert.equal(out.match(/ replayed$/gm)?.length, 3);
  assert.equal(held, 0);
  await until(() => arrived.length === 3, 'all envelopes');
  assert.deepEqual(
    arrived.map(({ id }) => id),
    ['a', 'b', 'c'],
  );
  const [canary, ...others] = arrived.map(({ headers }) => headers['x-asya-reply-to']);
  assert.match(String(canary), /^asya:reply:[\w-]{36}$/);
  assert.deepEqual(others, ['asya:reply:gone', 'asya:reply:gone']);
  assert.deepEqual(await commands.look('error-end'), []);
});

test('the reply queue of the canary is deleted before the others are sent', async (t) => {
  let exists: Promise<boolean | undefined> | undefined;
  const { commands, arrived, replay } = await setup(t, ({ id }, answer) => {
    if (id === 'a') return answer('happy_end');
    const queue = String(arrived[0]?.headers['x-asya-reply-to']);
    exists ??= commands.transport.inspect(queue).then((state) => state?.exists);
  });
  await replay();
  await until(() => arrived.length === 3, 'all envelopes');
  assert.equal(await exists, false);
});

test('a message that is left before the canary is reported once', async (t) => {
  const garbage = [Buffer.from('garbage')];
  const { commands, replay } = await setup(t, (_, answer) => answer('happy_end'), garbage);
  const { code, out } = await replay();
  assert.equal(code, 1);
  assert.equal(out.match(/ left: not an envelope$/gm)?.length, 1);
  assert.equal(out.match(/ replayed$/gm)?.length, 3);
  assert.equal((await commands.look('error-end')).length, 1);
});

test('when the canary fails, its error is printed and the others stay in their order', async (t) => {
  const { commands, arrived, replay } = await setup(t, (_, answer) => answer('error_end'));
  const { code, out, err } = await replay();
  const error = 'runtime_error at "x": ValueError: again\\u001b';
  assert.deepEqual(
    [code, err],
    [1, `${SENT}canary "a" failed: ${error}; no other message was sent\n`],
  );
  assert.match(out, /^a .* replayed\n$/m);
  assert.equal(arrived.length, 1);
  assert.deepEqual(idsOf(await commands.look('error-end')), ['b', 'c']);
});

test('after a canary that fails, messages that were not read are not counted', async (t) => {
  const { commands } = await setup(t, (_, answer) => answer('error_end'), [
    Buffer.from(JSON.stringify(failed('z', 'infer'))),
  ]);
  const { code, out } = await commands.run(errorsReplayCommand, ['--actor', 'prep', '--canary']);
  assert.equal(code, 1);
  assert.doesNotMatch(out, /match/);
});

test('without an answer in time, the exit code is 3', async (t) => {
  const { commands, arrived, replay } = await setup(t, () => {});
  const { code, err } = await replay(['--canary-wait', '50ms']);
  const missing = 'no answer within 50ms; 0 of 1 answers had arrived';
  assert.deepEqual([code, err], [3, `${SENT}canary "a": ${missing}; no other message was sent\n`]);
  assert.equal(arrived.length, 1);
  assert.deepEqual(idsOf(await commands.look('error-end')), ['b', 'c']);
});

test('all leaves of the canary must reach happy-end', async (t) => {
  const { arrived, replay } = await setup(t, ({ id, headers }, answer) => {
    const outer = headers['x-asya-fanout'];
    answer('happy_end', { of: id, index: 0, total: 2, hop: 2, outer });
  });
  const { code, err } = await replay(['--canary-wait', '500ms']);
  assert.equal(code, 3);
  assert.match(err, /1 of 2 answers had arrived/);
  assert.equal(arrived.length, 1);
});

test('a lost reply queue counts as no answer', async (t) => {
  const { commands, replay } = await setup(t, () => commands.broker.control.disconnect());
  const { code, err } = await replay();
  assert.equal(code, 3);
  assert.match(err, /canary "a": reply queue lost: /);
});

test('a signal ends the wait for the canary', async (t) => {
  const stop = new AbortController();
  const { commands, replay } = await setup(t, () => stop.abort());
  const { code, err } = await replay([], { stopped: stop.signal });
  assert.equal(code, 1);
  assert.match(
    err,
    /^canary "a" was sent; 0 of 1 answers had arrived; no other message was sent$/m,
  );
  assert.deepEqual(idsOf(await commands.look('error-end')), ['b', 'c']);
});

test('the canary is an envelope that can be sent', async (t) => {
  const { commands, arrived, replay } = await setup(t, (_, answer) => answer('happy_end'));
  const garbage = { original_encoding: 'utf8', original_body: 'garbage' };
  const details = { code: 'parse_error', message: 'no JSON', actor: 'prep' };
  const payload = { error: 'parse_error', details, ...garbage };
  const bytes = { id: 'sha256-x', route: { actors: ['prep'], current: 0 }, payload };
  await commands.put('error-end', bytes);
  const onlyBytes = await commands.run(errorsReplayCommand, ['--id', 'sha256-x', '--canary']);
  assert.equal(onlyBytes.code, 1);
  assert.match(onlyBytes.out, /left: not an envelope, so it cannot be the canary$/m);
  await commands.put('error-end', failed('d', 'gone'));
  const unroutable = await commands.run(errorsReplayCommand, ['--id', 'd', '--canary']);
  assert.equal(unroutable.code, 1);
  assert.equal(unroutable.err, 'canary "d" was not sent; no other message was sent\n');
  assert.deepEqual(arrived, []);
  assert.equal((await replay(['--limit', '1'])).code, 0);
});

test('a canary that is sent to happy-end has reached it', async (t) => {
  const { commands } = await setup(t, () => {});
  await commands.put('error-end', failed('d', 'happy-end'));
  const direct = await commands.run(errorsReplayCommand, ['--id', 'd', '--canary']);
  assert.deepEqual([direct.code, direct.err], [0, 'canary "d" reached happy-end\n']);
});

test('--canary-wait is a duration, and needs --canary', async (t) => {
  const { commands, replay } = await setup(t, () => {});
  await assert.rejects(replay(['--canary-wait', 'soon']), UsageError);
  await assert.rejects(
    commands.run(errorsReplayCommand, ['--all', '--canary-wait', '1m']),
    new UsageError('--canary-wait needs --canary'),
  );
});
