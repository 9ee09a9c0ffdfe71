import assert from 'node:assert/strict';
import { parkedQueue } from '../../../src/transport/queues.ts';
import { type InspectableTransport } from '../../../src/transport/inspection/inspectableTransport.ts';
import { LookError } from '../../../src/transport/inspection/queueReader.ts';
import { type Look } from '../../../src/transport/inspection/queueReader.ts';
import { type LookOptions } from '../../../src/transport/inspection/queueReader.ts';
import { until } from '../../kit/processes/until.ts';
import { message, receive, textOf, type DefineTest } from './setup.ts';

const OPTIONS: LookOptions = {
  limit: Number.POSITIVE_INFINITY,
  idleTimeoutMs: 2_000,
  stopped: new AbortController().signal,
};

export function lookTests(test: DefineTest): void {
  test('a look reads the messages in order, and leaves them in order', async (s) => {
    const transport = await s.open();
    const sent = ['a', 'b', 'c', 'd'];
    for (const text of sent) await transport.send(s.topology.errorEnd, message(text));
    await until(async () => (await transport.depth(s.topology.errorEnd)) === 4, 'four messages');
    for (const _ of [1, 2]) {
      const { texts, look } = await readTexts(transport, s.topology.errorEnd);
      assert.deepEqual(texts, sent);
      const { count, total, end } = look;
      assert.deepEqual({ count, total, end }, { count: 4, total: 4, end: 'complete' });
    }
    const inbox = await receive(transport, s.topology.errorEnd);
    assert.deepEqual((await inbox.take(4)).map(textOf), sent);
  });

  test('a look reads at most `limit` messages, and leaves all of them in order', async ({
    open,
    topology,
  }) => {
    const transport = await open();
    for (const text of ['a', 'b', 'c']) await transport.send(topology.errorEnd, message(text));
    await until(async () => (await transport.depth(topology.errorEnd)) === 3, 'three messages');
    const { texts, look } = await readTexts(transport, topology.errorEnd, { limit: 2 });
    assert.deepEqual(texts, ['a', 'b']);
    assert.deepEqual([look.count, look.total, look.end], [2, 3, 'complete']);
    assert.deepEqual((await readTexts(transport, topology.errorEnd)).texts, ['a', 'b', 'c']);
  });

  test('a look returns headers, properties and the message id', async ({ open, topology }) => {
    const transport = await open();
    const properties = { appId: 'shop', structuredHeaders: { list: [1, Buffer.from('x')] } };
    const sent = { body: Buffer.from([0xff, 0]), headers: { region: 'eu' }, properties };
    await transport.send(topology.errorEnd, sent);
    const ids: (string | undefined)[] = [];
    await transport.look(
      topology.errorEnd,
      ({ id, body, headers, properties: found, isReady, isDelayed }) => {
        ids.push(id);
        assert.deepEqual({ body, headers, properties: found }, sent);
        assert.deepEqual([isReady, isDelayed], [true, false]);
      },
      OPTIONS,
    );
    const inbox = await receive(transport, topology.errorEnd);
    assert.deepEqual(ids, [(await inbox.next()).id]);
  });

  test('a stopped look ends before the next message', async ({ open, topology }) => {
    const transport = await open();
    for (const text of ['a', 'b', 'c']) await transport.send(topology.errorEnd, message(text));
    const stop = new AbortController();
    stop.abort();
    const { texts, look } = await readTexts(transport, topology.errorEnd, { stopped: stop.signal });
    assert.deepEqual([texts, look.end], [[], 'stopped']);
  });

  test('a look at a queue that does not exist fails, and creates none', async (s) => {
    const transport = await s.open();
    const queue = parkedQueue(`none-${s.topology.actor}`);
    for (const _ of [1, 2]) {
      await assert.rejects(
        readTexts(transport, queue),
        (error) =>
          error instanceof LookError &&
          error.code === 'missing' &&
          /does not exist/.test(error.message),
      );
    }
  });
}

async function readTexts(
  transport: InspectableTransport,
  queue: string,
  options: Partial<LookOptions> = {},
): Promise<{ readonly texts: readonly string[]; readonly look: Look }> {
  const texts: string[] = [];
  const read = ({ body }: { readonly body: Buffer }): void => void texts.push(body.toString());
  const look = await transport.look(queue, read, { ...OPTIONS, ...options });
  return { texts, look };
}
