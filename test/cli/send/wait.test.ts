import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test, type TestContext } from 'node:test';
import { CommandError, UsageError } from '../../../src/cli/command/exit.ts';
import { sendCommand } from '../../../src/cli/send.ts';
import type { CommandResult, ContextOverrides } from '../../kit/processes/commandContext.ts';
import { within } from '../../kit/processes/until.ts';
import { answerArrivals, type Arrived } from '../../kit/envelopes/answerArrivals.ts';
import { setupCommands, type Commands } from '../../kit/processes/commands.ts';

test('the final payload of one envelope is printed unchanged, without its id', async (t) => {
  const { wait } = await setup(t, ({ reply }) => reply('{"n": 1.0,\n "big": 9007199254740993}'));
  const ran = await wait(envelope('a'));
  assert.deepEqual(ran, { code: 0, out: '{"n": 1.0,\n "big": 9007199254740993}\n', err: '' });
});

test('on a terminal, no character of a payload or an error is a control character', async (t) => {
  const { wait } = await setup(t, ({ id, reply, fail }) => {
    if (id === 'a') reply('{"a":"\u009b2J\u007f",\r\n\t"b":"\\u001b[2J  x"}');
    else fail('\u001b[2J\n');
  });
  const payload = await wait(envelope('a'), { width: 80 });
  assert.equal(payload.out, '{"a":"\\u009b2J\\u007f", "b":"\\u001b[2J  x"}\n');
  const error = await wait(envelope('b'), { width: 80 });
  assert.equal(error.err, 'b: runtime_error at "infer": ValueError: \\u001b[2J\\n\n');
});

test('an error is printed with its code, actor and text, and the exit code is 1', async (t) => {
  const { wait } = await setup(t, ({ fail }) => fail('not a number'));
  const ran = await wait(envelope('a'));
  const err = 'a: runtime_error at "infer": ValueError: not a number\n';
  assert.deepEqual(ran, { code: 1, out: '', err });
});

test('the class of an error is printed once, also if the text begins with it', async (t) => {
  const { wait } = await setup(t, ({ fail }) => fail('ValueError: not a number'));
  const ran = await wait(envelope('a'));
  assert.equal(ran.err, 'a: runtime_error at "infer": ValueError: not a number\n');
});

test('the ids and indexes attribute the answers of several envelopes and of nested fan-outs', async (t) => {
  const { wait } = await setup(t, ({ id, hops, fanout, reply, fail }) => {
    if (id === 'b') return reply('{"n":\n  1.0}');
    const level = (of: string, index: number, hop: number, outer: object | undefined) => {
      return { of, index, total: 2, hop, outer };
    };
    const outer = level('a', 1, hops, fanout);
    reply('1', { fanout: level('a', 0, hops, fanout) });
    reply('3', { id: 'a.0.1', fanout: level('a.0.1', 0, hops + 1, outer) });
    fail('broken', { id: 'a.0.1.1.1', fanout: level('a.0.1', 1, hops + 1, outer) });
  });
  const ran = await wait(`${envelope('a')}\n${envelope('b')}`);
  assert.equal(ran.code, 1);
  assert.deepEqual(ran.out.split('\n').toSorted(), [
    '',
    'a [0]\t1',
    'a.0.1 [1][0]\t3',
    'b\t{"n": 1.0}',
  ]);
  assert.equal(ran.err, 'a.0.1.1.1 [1][1]: runtime_error at "infer": ValueError: broken\n');
});

test('when the time is over, what has arrived is printed, and what is missing; the exit code is 3', async (t) => {
  const { wait } = await setup(t, ({ id, reply }) => {
    if (id === 'b') reply('2');
  });
  const one = await wait(envelope('a'), { time: '500ms' });
  const missing = 'time over after 500ms; 1 of 1 answers missing: a, journey j\n';
  assert.deepEqual(one, { code: 3, out: '', err: missing });
  const two = await wait(`${envelope('b')}\n${envelope('c')}\n${envelope('d')}`, { time: '500ms' });
  assert.deepEqual(two, {
    code: 3,
    out: 'b\t2\n',
    err: [
      'time over after 500ms; 2 of 3 answers missing:',
      '  c, journey j: 1 of 1 answers missing',
      '  d, journey j: 1 of 1 answers missing',
      '',
    ].join('\n'),
  });
});

test('when no confirm arrives in time, the envelopes that were not sent are printed; the exit code is 1', async (t) => {
  const { wait, commands } = await setup(t);
  commands.broker.control.block();
  const ran = await wait(envelope('a'), { time: '50ms' });
  const unknown = 'a: unknown whether stored: no confirm from the broker: time over after 50ms';
  const blocked = 'the disk of the database is full; waiting';
  const err = `${blocked}\n${unknown}\n0 of 1 envelopes were sent\n`;
  assert.deepEqual(ran, { code: 1, out: '', err });
});

test('answers do not extend the time to wait', async (t) => {
  const { wait } = await setup(t, ({ id, reply }) => {
    let index = 0;
    const timer = setInterval(() => {
      index++;
      reply('1', { id: `${id}.5.${index}`, fanout: { of: id, index, total: 1_000_000, hop: 5 } });
    }, 20);
    t.after(() => clearInterval(timer));
  });
  const { code } = await within(wait(envelope('a'), { time: '200ms' }), 'the end of the wait');
  assert.equal(code, 3);
});

test('answers whose fan-outs are not all named are printed, and never count as all', async (t) => {
  const { wait } = await setup(t, ({ id, reply }) => {
    const fanout = (index: number): object => ({ of: id, index, total: 2, hop: 5 });
    reply('1', { fanout: fanout(0) });
    reply('2', { id: `${id}.5.1`, fanout: fanout(1) });
  });
  const unknown = 'not all of its fan-outs are known';
  assert.deepEqual(await wait(envelope('a'), { time: '500ms' }), {
    code: 3,
    out: 'a\t1\na.5.1\t2\n',
    err: `time over after 500ms; 2 answers, and an unknown number missing: a, journey j (${unknown})\n`,
  });
  const two = await wait(`${envelope('b')}\n${envelope('c')}`, { time: '500ms' });
  assert.equal(
    two.err,
    [
      'time over after 500ms; answers to 2 envelopes are missing:',
      `  b, journey j (${unknown}): 2 answers, and an unknown number missing`,
      `  c, journey j (${unknown}): 2 answers, and an unknown number missing`,
      '',
    ].join('\n'),
  );
});

test('an envelope that was not sent is not waited for', async (t) => {
  const { wait } = await setup(t, ({ reply }) => reply('1'));
  const missing = JSON.stringify({ id: 'b', route: route('missing'), payload: 1 });
  const ran = await wait(`${envelope('a')}\n${missing}`);
  assert.deepEqual(ran, {
    code: 1,
    out: 'a\t1\n',
    err: 'b: not stored: no queue for actor "missing"\n1 of 2 envelopes were sent\n',
  });
});

test('the wait ends when the reply queue is lost, with the exit code 3', async (t) => {
  const { wait, commands } = await setup(t, () => commands.broker.control.disconnect());
  const ran = await wait(envelope('a'));
  assert.equal(ran.code, 3);
  const reason = 'reply queue lost: connection to the broker lost';
  assert.equal(ran.err, `${reason}; 1 of 1 answers missing: a, journey j\n`);
});

test('a signal ends the wait, and the missing answers are printed', async (t) => {
  const stop = new AbortController();
  const { wait } = await setup(t, () => stop.abort());
  const ran = await wait(envelope('a'), { stopped: stop.signal });
  assert.equal(ran.code, 1);
  assert.equal(ran.err, 'stopped by a signal; 1 of 1 answers missing: a, journey j\n');
});

test('a reader that closes the output ends the wait without a list of what is missing', async (t) => {
  const closed = new AbortController();
  const { wait } = await setup(t, () => closed.abort());
  const ran = await wait(envelope('a'), { outputClosed: closed.signal });
  assert.deepEqual([ran.code, ran.out], [1, '']);
  assert.doesNotMatch(ran.err, /missing/);
});

test('the reply queue of an envelope is replaced, and its other bytes stay', async (t) => {
  const seen: string[] = [];
  const { wait } = await setup(t, ({ body, reply }) => {
    seen.push(body.replace(/asya:reply:[\w-]{36}/, 'QUEUE'));
    reply('1');
  });
  const headers = (value: string): string =>
    `{"x-asya-reply-to":"${value}","x-asya-fanout":{"of":"z","index":0,"total":2,"hop":0}, "n":1.0}`;
  const text = (value: string): string =>
    `{ "id":"a", "route":{"actors":["prep"],"current":0}, "headers":${headers(value)}, "payload":1 }`;
  assert.equal((await wait(text('asya:reply:gone'))).code, 0);
  assert.deepEqual(seen, [text('QUEUE')]);
});

test('headers and the deadline are set in each envelope, with and without a wait', async (t) => {
  const { commands, run } = await setup(t);
  const args = ['--header', 'tenant=7', '--header', 'a=b=c', '--deadline', '5m', '-'];
  const ran = await run(
    args,
    `${envelope('a')}\n{"id":"b","route":{"actors":["prep"],"current":0},"payload":1}`,
  );
  assert.deepEqual([ran.code, ran.out], [0, 'a\nb\n']);
  for (const { body } of await commands.look('prep')) {
    const { headers } = JSON.parse(body.toString()) as { headers: Record<string, unknown> };
    assert.equal(headers['tenant'], '7');
    assert.equal(headers['a'], 'b=c');
    const leftMs = Date.parse(String(headers['x-asya-deadline'])) - Date.now();
    assert.ok(leftMs > 290_000 && leftMs <= 300_000);
  }
});

test('two envelopes with one id, and an invalid time, are clear errors', async (t) => {
  const { run, wait } = await setup(t);
  await assert.rejects(
    wait(`${envelope('a')}\n${envelope('a')}`),
    new CommandError('two envelopes have the id "a"; --wait needs different ids'),
  );
  for (const time of ['0', '-1s', 'soon', '30', '1000h']) {
    const rule = `--wait must be a duration from 1ms to 24 days, such as 30s, not "${time}"`;
    await assert.rejects(run([`--wait=${time}`, '-'], envelope('a')), new UsageError(rule));
  }
  const deadline = '--deadline must be a duration from 1ms to 24 days, such as 30s, not "x"';
  await assert.rejects(run(['--deadline', 'x', '-'], ''), new UsageError(deadline));
});

interface WaitOptions extends ContextOverrides {
  readonly time?: string;
}

async function setup(
  t: TestContext,
  onArrival: (arrived: Arrived) => void = () => {},
): Promise<{
  readonly commands: Commands;
  readonly run: (
    args: readonly string[],
    input: string,
    overrides?: ContextOverrides,
  ) => Promise<CommandResult>;
  /** Runs `send --wait`, with the envelopes on standard input. */
  readonly wait: (input: string, options?: WaitOptions) => Promise<CommandResult>;
}> {
  const commands = await setupCommands(t);
  const { transport } = commands;
  const run = (
    args: readonly string[],
    input: string,
    overrides: ContextOverrides = {},
  ): Promise<CommandResult> =>
    commands.run(sendCommand, args, { stdin: Readable.from([Buffer.from(input)]), ...overrides });
  return {
    commands,
    run,
    async wait(input, { time = '10s', ...overrides } = {}) {
      const subscription = await answerArrivals(transport, 'prep', onArrival);
      try {
        return await run(['--wait', time, '-'], input, overrides);
      } finally {
        await subscription.cancel();
      }
    },
  };
}

function envelope(id: string): string {
  const headers = { 'x-asya-journey-id': 'j' };
  return JSON.stringify({ id, route: route('prep'), headers, payload: 1 });
}

function route(actor: string): object {
  return { actors: [actor], current: 0 };
}
