import assert from 'node:assert/strict';
import { createReplyQueueName } from '../../../src/replyQueue.ts';
import type { Message } from '../../../src/transport/message.ts';
import type { ReplyQueue, ReplyTransport } from '../../../src/transport/transport.ts';
import { within } from '../../kit/processes/until.ts';
import { message, receive, textOf, type DefineTest } from './setup.ts';

export function replyQueueTests(test: DefineTest): void {
  test('a copy arrives in the reply queue of another transport, with its headers and properties', async ({
    open,
  }) => {
    const [sidecar, sender] = [await open(), await open()];
    const replies = await openReplies(sender);
    const headers = { 'asya-end': 'happy_end', priority: 'high' };
    const properties = { correlationId: 'order-7' };
    sidecar.sendCopy(replies.name, { body: Buffer.from('1.0'), headers, properties });
    const copy = await replies.next();
    assert.equal(copy.body.toString(), '1.0');
    assert.deepEqual({ ...copy.headers }, headers);
    assert.equal(copy.properties?.correlationId, 'order-7');
  });

  test('the copies of one transport arrive in order, even when it overwrites their bodies', async ({
    open,
  }) => {
    const transport = await open();
    const replies = await openReplies(transport);
    const texts = Array.from({ length: 200 }, (_, n) => String(n).repeat(n === 3 ? 100_000 : 10));
    for (const text of texts) {
      const body = Buffer.from(text);
      transport.sendCopy(replies.name, { body, headers: {} });
      body.fill('x');
    }
    for (const text of texts) assert.equal((await replies.next()).body.toString(), text);
  });

  test('a copy for a reply queue that does not exist is dropped without an effect', async ({
    open,
    topology,
  }) => {
    const transport = await open();
    transport.sendCopy(createReplyQueueName(), message());
    const replies = await openReplies(transport);
    transport.sendCopy(replies.name, message('a'));
    transport.sendCopy(createReplyQueueName(), message());
    transport.sendCopy(replies.name, message('b'));
    assert.equal((await replies.next()).body.toString(), 'a');
    assert.equal((await replies.next()).body.toString(), 'b');
    const inbox = await receive(transport, topology.actor);
    await transport.send(topology.actor, message('still works'));
    assert.equal(textOf(await inbox.next()), 'still works');
  });

  test('a closed reply queue is gone with its copies, and its loss is not reported', async ({
    open,
  }) => {
    const [transport, sender] = [await open(), await open()];
    const first = await openReplies(sender);
    transport.sendCopy(first.name, message('before'));
    await first.next();
    await first.queue.close();
    transport.sendCopy(first.name, message('dropped'));
    const again = await openReplies(sender, first.name);
    transport.sendCopy(first.name, message('after'));
    assert.equal((await again.next()).body.toString(), 'after');
    assert.equal(first.lost, undefined);
    await first.queue.close();
  });

  test('a reply queue is lost with its connection', async (s) => {
    const { broker, open } = s;
    if (broker.cutConnections === undefined) return s.t.skip('connections cannot be cut');
    const replies = await openReplies(await open());
    await broker.cutConnections();
    assert.equal(typeof (await within(replies.untilLost, 'the loss')), 'string');
    await replies.queue.close();
  });

  test('copies for a blocked broker do not wait, and later sends arrive', async (s) => {
    const { broker, open, topology } = s;
    if (broker.block === undefined || broker.unblock === undefined) {
      return s.t.skip('this broker cannot be blocked');
    }
    const transport = await open();
    const inbox = await receive(transport, topology.actor);
    const replies = await openReplies(await open());
    await broker.block();
    const body = Buffer.alloc(64 * 1024, 'x');
    for (let n = 0; n < 1_000; n++) transport.sendCopy(replies.name, { body, headers: {} });
    await broker.unblock();
    await transport.send(topology.actor, message('still works'));
    assert.equal(textOf(await inbox.next()), 'still works');
    assert.equal(replies.lost, undefined);
  });

  test('a closed transport drops copies', async ({ open }) => {
    const transport = await open();
    await transport.close();
    transport.sendCopy(createReplyQueueName(), message());
  });
}

interface OpenedReplies {
  readonly name: string;
  readonly queue: ReplyQueue;
  readonly next: () => Promise<Message>;
  /** The reason of the loss; undefined while there is none. */
  readonly lost: string | undefined;
  readonly untilLost: Promise<string>;
}

async function openReplies(
  transport: ReplyTransport,
  name = createReplyQueueName(),
): Promise<OpenedReplies> {
  const copies: Message[] = [];
  const waiting: ((copy: Message) => void)[] = [];
  const loss = Promise.withResolvers<string>();
  let lost: string | undefined;
  const queue = await transport.openReplyQueue(name, {
    onCopy(copy) {
      const next = waiting.shift();
      if (next === undefined) copies.push(copy);
      else next(copy);
    },
    onLost(reason) {
      lost = reason;
      loss.resolve(reason);
    },
  });
  const next = (): Promise<Message> => {
    const copy = copies.shift();
    if (copy !== undefined) return Promise.resolve(copy);
    const arrival = Promise.withResolvers<Message>();
    waiting.push(arrival.resolve);
    return within(arrival.promise, 'a copy');
  };
  return {
    name,
    queue,
    next,
    get lost() {
      return lost;
    },
    untilLost: loss.promise,
  };
}
