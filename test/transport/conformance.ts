import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { describe, it, type TestContext } from 'node:test';
import type { Headers, Message, MessageProperties } from '../../src/transport/message.ts';
import {
  SendError,
  type InspectableTransport,
  type Delivery,
  type SendErrorCode,
  type Transport,
  type TransportState,
} from '../../src/transport/transport.ts';
import { parkedQueue, type Topology } from '../../src/transport/queues.ts';
import { createInbox, type Inbox } from '../kit/envelopes/inbox.ts';
import { until } from '../kit/processes/until.ts';

/** How the suite comes by an adapter's transports, and where brokers differ. */
export interface Adapter {
  /**
   * Makes a broker for one test; what there is to undo goes to `t.after`. Queue names are new in
   * every test.
   */
  setup(t: TestContext): Promise<TestBroker> | TestBroker;
  /** The broker counts deliveries that were never settled. */
  readonly countsUnsettled: boolean;
}

/**
 * A broker under test. What an adapter leaves out it cannot simulate; the tests that need it are
 * skipped.
 */
export interface TestBroker {
  open(topology: Topology, onState: (state: TransportState) => void): Promise<InspectableTransport>;
  /** Takes one message from the actor's queue and dies with it, as a killed process does. */
  takeOneAndDie?(topology: Topology): Promise<void>;
  /**
   * Cuts what connects the transports to the broker; they reconnect by themselves. Deliveries in
   * hand are gone.
   */
  cut?(): Promise<void>;
  /** Makes the broker take no publishes. */
  block?(): Promise<void>;
  unblock?(): Promise<void>;
}

/** What every transport must do, whatever the broker. */
export function describeTransport(name: string, adapter: Adapter): void {
  const test = (sentence: string, run: (s: Setup) => Promise<void>): void =>
    void it(sentence, { timeout: 60_000 }, async (t) => run(await setup(t, adapter)));

  describe(name, () => {
    test('reports itself connected once it is open', async ({ open, states }) => {
      await open();
      assert.deepEqual(states.at(-1), { connected: true, blocked: false, missing: [] });
    });

    describe('delivering', () => {
      test('delivers what was sent before and after consuming began', async ({
        open,
        topology,
      }) => {
        const transport = await open();
        await transport.send(topology.actor, message('before'));
        const inbox = await receive(transport, topology.actor);
        await transport.send(topology.actor, message('after'));
        assert.deepEqual((await inbox.take(2)).map(textOf), ['before', 'after']);
        const [first] = inbox.all;
        assert.equal(first?.queue, topology.actor);
        assert.deepEqual(flagsOf(first), { redelivered: false, unsettled: 0, gone: false });
      });

      test('delivers what another transport sent, and what outlived its sender', async ({
        open,
        topology,
      }) => {
        const sender = await open({ actor: `${topology.actor}-sender` });
        const inbox = await receive(await open(), topology.actor);
        await sender.send(topology.actor, message('to a consumer'));
        assert.equal(textOf(await inbox.next()), 'to a consumer');
        await sender.send(topology.happyEnd, message('to nobody yet'));
        await sender.close();
        const later = await receive(await open(), topology.happyEnd);
        assert.equal(textOf(await later.next()), 'to nobody yet');
      });

      test('tells how many messages are ready, not counting what is in hand or waits for its delay', async ({
        open,
        topology,
      }) => {
        const transport = await open({ retryDelaysMs: [60_000] });
        const isReady = (queue: string, count: number): Promise<void> =>
          until(async () => (await transport.depth(queue)) === count, `${count} are ready`);
        await isReady(topology.actor, 0);
        for (let sent = 0; sent < 4; sent++) await transport.send(topology.actor, message());
        await transport.send(topology.actor, message(), { delayMs: 60_000 });
        const inbox = await receive(transport, topology.actor, 1);
        const [first] = await inbox.take(1);
        await isReady(topology.actor, 3);
        // To ask for a queue that nobody has declared does no harm.
        await transport.depth(`nobody-${topology.actor}`);
        await isReady(topology.actor, 3);
        if (first !== undefined) await transport.ack(first);
      });

      test('keeps queues apart', async ({ open, topology }) => {
        const transport = await open();
        const { actor, happyEnd, errorEnd } = topology;
        const queues = [actor, happyEnd, errorEnd, parkedQueue(errorEnd)];
        for (const queue of queues) await transport.send(queue, message(`to ${queue}`));
        for (const queue of queues) {
          const inbox = await receive(transport, queue);
          assert.equal(textOf(await inbox.next()), `to ${queue}`);
          await transport.send(queue, message('last'));
          assert.equal(textOf(await inbox.next()), 'last', 'nothing else was in between');
        }
      });

      test('keeps the order at a prefetch of 1', async ({ open, topology }) => {
        const transport = await open();
        const sent = Array.from({ length: 30 }, (_, index) => `message ${index}`);
        for (const body of sent) await transport.send(topology.actor, message(body));
        const inbox = await receive(transport, topology.actor, 1);
        const received: string[] = [];
        while (received.length < sent.length) {
          const delivery = await inbox.next();
          received.push(textOf(delivery));
          assert.equal(await transport.ack(delivery), true);
        }
        assert.deepEqual(received, sent);
      });

      test('has no more unsettled than the prefetch, and leaves the rest to others', async ({
        open,
        topology,
      }) => {
        const [busy, idle] = [await open(), await open()];
        const inHand = await receive(busy, topology.actor, 3);
        await Promise.all(Array.from({ length: 10 }, () => idle.send(topology.actor, message())));
        const held = await inHand.take(3);
        const rest = await receive(idle, topology.actor, 20);
        const others = await rest.take(7);
        assert.equal(inHand.all.length, 3);
        await Promise.all(others.map((delivery) => idle.ack(delivery)));
        await Promise.all(held.map((delivery) => busy.ack(delivery)));
        assert.equal(new Set([...held, ...others].map(({ id }) => id)).size, 10);
      });

      test('carries 10 MB and no bytes at all, as they are', async ({ open, topology }) => {
        const transport = await open();
        const inbox = await receive(transport, topology.actor);
        for (const body of [
          randomBytes(10_000_000),
          Buffer.alloc(0),
          Buffer.from([0, 255, 128, 13, 10]),
        ]) {
          await transport.send(topology.actor, { body, headers: {} });
          const delivery = await inbox.next();
          assert.ok(delivery.body.equals(body), `${body.length} bytes`);
          await transport.ack(delivery);
        }
      });

      test('a sender may overwrite a body once it is sent', async ({ open, topology }) => {
        const transport = await open();
        const body = Buffer.alloc(256 * 1024, 'a');
        await transport.send(topology.actor, { body, headers: {} });
        body.fill('b');
        const inbox = await receive(transport, topology.actor);
        const [delivery] = await inbox.take(1);
        assert.ok(delivery?.body.equals(Buffer.alloc(256 * 1024, 'a')));
      });

      test('a consumer may overwrite a body, also of a message that is delivered again', async ({
        open,
        topology,
      }) => {
        const transport = await open();
        await transport.send(topology.actor, { body: Buffer.alloc(256 * 1024, 'a'), headers: {} });
        const inbox = await receive(transport, topology.actor);
        const [first] = await inbox.take(1);
        assert.ok(first !== undefined);
        first.body.fill('b');
        await transport.nack(first);
        const [second] = await inbox.take(1);
        assert.ok(second?.body.equals(Buffer.alloc(256 * 1024, 'a')));
      });

      test('carries headers with their types, and does not touch those it was given', async ({
        open,
        topology,
      }) => {
        const transport = await open();
        const inbox = await receive(transport, topology.actor);
        const headers: Headers = Object.freeze({
          text: 'Grüße, 世界',
          empty: '',
          count: 3,
          negative: -1,
          time: 1_795_000_000_123,
          fraction: 0.5,
          yes: true,
          no: false,
        });
        await transport.send(topology.actor, { body: Buffer.from('x'), headers });
        assert.deepEqual({ ...(await inbox.next()).headers }, { ...headers });
        assert.equal(Object.keys(headers).length, 8);
      });

      test('a message has no header of the one sent before it', async ({ open, topology }) => {
        const transport = await open();
        const inbox = await receive(transport, topology.actor);
        for (const headers of [{ one: 1, both: 1 }, { both: 2 }, {}] as Headers[]) {
          await transport.send(topology.actor, { body: Buffer.from('x'), headers });
          assert.deepEqual({ ...(await inbox.next()).headers }, headers);
        }
      });

      test('gives each publish a message id of its own', async ({ open, topology }) => {
        const transport = await open();
        const inbox = await receive(transport, topology.actor);
        const same = message('the same');
        await transport.send(topology.actor, same);
        await transport.send(topology.actor, same);
        const [one, two] = await inbox.take(2);
        assert.ok(one?.id && two?.id);
        assert.notEqual(one.id, two.id);
        await transport.send(topology.actor, { ...one, body: one.body });
        assert.notEqual(
          (await inbox.next()).id,
          one.id,
          'not even sent again does it keep the old one',
        );
      });
    });

    describe('settling', () => {
      test('does not deliver again what was acked', async ({ open, topology }) => {
        const transport = await open();
        const inbox = await receive(transport, topology.actor);
        await transport.send(topology.actor, message('done'));
        assert.equal(await transport.ack(await inbox.next()), true);
        await transport.close();
        const another = await open();
        await another.send(topology.actor, message('new'));
        const later = await receive(another, topology.actor);
        assert.equal(textOf(await later.next()), 'new');
      });

      test('delivers again what stood between deliveries that were acked together, and nothing else', async ({
        open,
        topology,
      }) => {
        const transport = await open();
        const sent = Array.from({ length: 8 }, (_, number) => String(number));
        for (const body of sent) await transport.send(topology.actor, message(body));
        const inbox = await receive(transport, topology.actor, 8);
        const deliveries = await inbox.take(8);
        const acked = deliveries.filter((_, number) => number !== 2 && number !== 5).toReversed();
        await Promise.all(acked.map((delivery) => transport.ack(delivery)));
        await transport.close();
        const another = await open();
        await another.send(topology.actor, message('new'));
        const later = await receive(another, topology.actor, 8);
        assert.deepEqual((await later.take(3)).map(textOf).toSorted(), ['2', '5', 'new']);
      });

      test('a nack returns a delivery to its place, under the same id, not counted as unsettled', async ({
        open,
        topology,
      }) => {
        const transport = await open();
        for (const body of ['first', 'second', 'third'])
          await transport.send(topology.actor, message(body));
        const { inbox, subscription } = await consume(transport, topology.actor, 1);
        const first = await inbox.next();
        await subscription.cancel();
        assert.equal(await transport.nack(first), true);
        const again = await receive(transport, topology.actor, 3);
        const deliveries = await again.take(3);
        assert.deepEqual(deliveries.map(textOf), ['first', 'second', 'third']);
        assert.equal(deliveries[0]?.id, first.id);
        assert.deepEqual(flagsOf(deliveries[0]), { redelivered: true, unsettled: 0, gone: false });
      });

      test('a delivery is settled once: what follows resolves to false and does nothing', async ({
        open,
        topology,
      }) => {
        const transport = await open();
        const inbox = await receive(transport, topology.actor);
        await transport.send(topology.actor, message('once'));
        const delivery = await inbox.next();
        assert.equal(await transport.ack(delivery), true);
        assert.equal(await transport.ack(delivery), false);
        assert.equal(await transport.nack(delivery), false);
        await transport.send(topology.actor, message('next'));
        assert.equal(textOf(await inbox.next()), 'next');
      });

      test('what a killed process had in hand comes again, marked redelivered and counted', async (s) => {
        const { broker, open, topology } = s;
        if (broker.takeOneAndDie === undefined)
          return s.t.skip('this broker cannot simulate a crash');
        const transport = await open();
        await transport.send(topology.actor, message('poison'));
        for (const times of [1, 2]) {
          await broker.takeOneAndDie(topology);
          const { inbox, subscription } = await consume(transport, topology.actor);
          const delivery = await inbox.next();
          assert.equal(textOf(delivery), 'poison');
          assert.equal(delivery.redelivered, true);
          if (adapter.countsUnsettled) assert.equal(delivery.unsettled, times);
          await subscription.cancel();
          await transport.nack(delivery);
        }
      });
    });

    describe('delaying', () => {
      test('a retry does not come before its delay, and keeps body, headers and properties', async ({
        open,
        topology,
      }) => {
        const transport = await open({ retryDelaysMs: [300] });
        const inbox = await receive(transport, topology.actor);
        const properties: MessageProperties = {
          contentType: 'application/x-python-serialize',
          contentEncoding: 'binary',
          correlationId: 'order-7',
          replyTo: 'replies',
          type: 'order',
          timestamp: 1_795_000_000,
          priority: 9,
          appId: 'shop',
          structuredHeaders: {
            list: [1, [null, { deep: true }]],
            table: { origin: 'gen1@host', at: { '!': 'timestamp', value: 1_795_000_000 } },
            bytes: Buffer.from([0, 255, 128]),
            none: null,
          },
        };
        const headers = { 'asya-attempt': 2, priority: 'high', 'asya-published-at': Date.now() };
        await transport.send(topology.actor, { body: Buffer.from('later'), headers, properties });
        const delivery = await inbox.next();
        const publishedAtMs = Date.now();
        const retried = { ...delivery.headers, 'asya-published-at': publishedAtMs };
        const { body } = delivery;
        const retry = { body, headers: retried, properties: delivery.properties };
        await transport.send(topology.actor, retry, { delayMs: 300 });
        await transport.ack(delivery);
        const again = await inbox.next();
        const waitedMs = Date.now() - publishedAtMs;
        assert.ok(waitedMs >= 300, `came after ${waitedMs} ms`);
        assert.equal(textOf(again), 'later');
        assert.deepEqual({ ...again.headers }, retried);
        assert.deepEqual(again.properties, properties);
        assert.deepEqual(flagsOf(again), { redelivered: false, unsettled: 0, gone: false });
      });

      test('a property that was absent is not added, in whatever number of retries', async ({
        open,
        topology,
      }) => {
        const transport = await open({ retryDelaysMs: [50] });
        const inbox = await receive(transport, topology.actor);
        const properties: MessageProperties = { correlationId: 'order-7' };
        await transport.send(topology.actor, { body: Buffer.from('x'), headers: {}, properties });
        for (const _ of [1, 2]) {
          const delivery = await inbox.next();
          assert.deepEqual(delivery.properties, properties);
          const { body, headers } = delivery;
          await transport.send(
            topology.actor,
            { body, headers, properties: delivery.properties },
            { delayMs: 50 },
          );
          await transport.ack(delivery);
        }
        assert.deepEqual((await inbox.next()).properties, properties);
      });

      test('a long delay does not keep back a short one', async ({ open, topology }) => {
        const transport = await open({ retryDelaysMs: [100, 20_000] });
        const inbox = await receive(transport, topology.actor);
        await transport.send(topology.actor, message('long'), { delayMs: 20_000 });
        await transport.send(topology.actor, message('short'), { delayMs: 100 });
        await transport.send(topology.actor, message('at once'));
        assert.deepEqual((await inbox.take(2)).map(textOf), ['at once', 'short']);
      });
    });

    describe('sending', () => {
      test('a send to a queue that nobody has declared fails as unroutable', async ({
        open,
        topology,
      }) => {
        const transport = await open();
        await assert.rejects(
          transport.send(`${topology.actor}-nobody`, message()),
          isSendError('unroutable'),
        );
        await transport.send(topology.actor, message('still works'));
        const inbox = await receive(transport, topology.actor);
        assert.equal(textOf(await inbox.next()), 'still works');
      });

      test('a confirmed send is in the queue, whatever becomes of the sender', async ({
        open,
        topology,
      }) => {
        const sender = await open();
        await Promise.all(
          Array.from({ length: 100 }, (_, index) =>
            sender.send(topology.actor, message(`${index}`)),
          ),
        );
        await sender.close();
        const inbox = await receive(await open(), topology.actor, 100);
        assert.equal(new Set((await inbox.take(100)).map(textOf)).size, 100);
      });

      test('a send waits while the broker is blocked', async (s) => {
        const { broker, open, topology, states } = s;
        if (broker.block === undefined || broker.unblock === undefined) {
          return s.t.skip('this broker cannot be blocked');
        }
        const transport = await open();
        await broker.block();
        const sent = transport.send(topology.actor, message('waited'));
        const inbox = await receive(transport, topology.actor);
        assert.equal(inbox.all.length, 0);
        await broker.unblock();
        await sent;
        assert.equal(textOf(await inbox.next()), 'waited');
        assert.equal(states.at(-1)?.blocked, false);
      });
    });

    describe('cancelling', () => {
      test('no delivery comes once cancel has resolved, and none is lost', async ({
        open,
        topology,
      }) => {
        const [transport, another] = [await open(), await open()];
        const total = 60;
        await Promise.all(
          Array.from({ length: total }, (_, index) =>
            transport.send(topology.actor, message(`${index}`)),
          ),
        );
        const kept: Delivery[] = [];
        for (const prefetch of [1, 4, 16]) {
          const { inbox, subscription } = await consume(transport, topology.actor, prefetch);
          await inbox.next();
          await subscription.cancel();
          kept.push(...inbox.all);
        }
        const rest = await receive(another, topology.actor, total);
        await rest.take(total - kept.length);
        assert.equal(new Set([...kept, ...rest.all].map(textOf)).size, total);
      });

      test('what is in hand after cancel can still be acked and nacked', async ({
        open,
        topology,
      }) => {
        const transport = await open();
        const { inbox, subscription } = await consume(transport, topology.actor, 2);
        for (const body of ['acked', 'nacked']) await transport.send(topology.actor, message(body));
        const deliveries = await inbox.take(2);
        await subscription.cancel();
        for (const delivery of deliveries) {
          const settled =
            textOf(delivery) === 'acked' ? transport.ack(delivery) : transport.nack(delivery);
          assert.equal(await settled, true);
        }
        await transport.send(topology.actor, message('last'));
        const later = await receive(transport, topology.actor);
        assert.deepEqual((await later.take(2)).map(textOf), ['nacked', 'last']);
      });
    });

    describe('cancelling a receive that waits', () => {
      test('it rejects with the reason, and takes nothing', async ({ open, topology }) => {
        const transport = await open();
        const queue = `late-${topology.actor}`;
        const cancelled = createInbox();
        const stop = new AbortController();
        const { signal } = stop;
        // No queue has that name yet, which some brokers wait for.
        const receiving = transport.receive(queue, cancelled.onDelivery, { prefetch: 5, signal });
        stop.abort(new Error('cancelled by the test'));
        await receiving.then(
          (subscription) => subscription.cancel(),
          (error: unknown) => assert.equal(error, signal.reason),
        );
        const owner = await open({ actor: queue });
        for (const body of ['one', 'two', 'three']) await owner.send(queue, message(body));
        const inbox = await receive(owner, queue);
        const deliveries = await inbox.take(3);
        assert.deepEqual(deliveries.map(textOf), ['one', 'two', 'three']);
        assert.deepEqual(flagsOf(deliveries[0]), { redelivered: false, unsettled: 0, gone: false });
        assert.equal(cancelled.all.length, 0);
      });

      test('it does not begin when the signal has aborted before', async ({ open, topology }) => {
        const transport = await open();
        const cancelled = createInbox();
        const signal = AbortSignal.abort(new Error('cancelled by the test'));
        await assert.rejects(
          transport.receive(topology.actor, cancelled.onDelivery, { prefetch: 5, signal }),
          signal.reason,
        );
        await transport.send(topology.actor, message('for another'));
        const inbox = await receive(transport, topology.actor);
        assert.equal(textOf(await inbox.next()), 'for another');
        assert.equal(cancelled.all.length, 0);
      });

      test('a signal that aborts later does not end the subscription', async ({
        open,
        topology,
      }) => {
        const transport = await open();
        const inbox = createInbox();
        const stop = new AbortController();
        const { signal } = stop;
        await transport.receive(topology.actor, inbox.onDelivery, { prefetch: 5, signal });
        stop.abort();
        await transport.send(topology.actor, message('still delivered'));
        assert.equal(textOf(await inbox.next()), 'still delivered');
      });
    });

    describe('losing the connection', () => {
      test('consumes again, and delivers again what was in hand', async (s) => {
        const { broker, open, topology } = s;
        if (broker.cut === undefined) return s.t.skip('this broker has no connection to cut');
        const transport = await open();
        const inbox = await receive(transport, topology.actor, 1);
        await transport.send(topology.actor, message('in hand'));
        const delivery = await inbox.next();
        await broker.cut();
        const again = await inbox.next();
        assert.equal(again.id, delivery.id);
        assert.equal(again.redelivered, true);
        assert.equal(delivery.gone, true);
        assert.equal(await transport.ack(delivery), false);
        assert.equal(await transport.nack(delivery), false);
        assert.equal(await transport.ack(again), true);
        await sendUntilTaken(transport, topology.actor, message('after'));
        assert.equal(textOf(await inbox.next()), 'after');
      });

      test('a cancelled subscription stays cancelled', async (s) => {
        const { broker, open, topology } = s;
        if (broker.cut === undefined) return s.t.skip('this broker has no connection to cut');
        const transport = await open();
        const { inbox, subscription } = await consume(transport, topology.actor);
        await subscription.cancel();
        await broker.cut();
        await sendUntilTaken(transport, topology.actor, message());
        const other = await receive(transport, topology.actor);
        await other.next();
        assert.equal(inbox.all.length, 0);
      });
    });

    describe('closing', () => {
      test('gives back what is in hand, which is then gone', async ({ open, topology }) => {
        const transport = await open();
        const inbox = await receive(transport, topology.actor);
        await transport.send(topology.actor, message('unfinished'));
        const delivery = await inbox.next();
        await transport.close();
        assert.equal(delivery.gone, true);
        assert.equal(await transport.ack(delivery), false);
        assert.equal(await transport.nack(delivery), false);
        const later = await receive(await open(), topology.actor);
        const again = await later.next();
        assert.equal(again.id, delivery.id);
        assert.equal(again.redelivered, true);
      });

      test('ends a send that waits as lost, and takes none afterwards', async ({
        broker,
        open,
        topology,
      }) => {
        const transport = await open();
        await broker.block?.();
        const sends = Array.from({ length: 20 }, () => transport.send(topology.actor, message()));
        const settled = Promise.allSettled(sends);
        await transport.close();
        const outcomes = await settled;
        const failed = outcomes.filter((outcome) => outcome.status === 'rejected');
        for (const { reason } of failed) assert.ok(isSendError('lost')(reason));
        if (broker.block !== undefined) assert.equal(failed.length, sends.length);
        await assert.rejects(transport.send(topology.actor, message()), isSendError('lost'));
        await broker.unblock?.();
        const inbox = await receive(await open(), topology.actor, sends.length);
        await inbox.take(sends.length - failed.length);
      });

      test('can be done twice', async ({ open }) => {
        const transport = await open();
        await transport.close();
        await transport.close();
      });
    });
  });
}

interface Setup {
  readonly t: TestContext;
  readonly broker: TestBroker;
  readonly topology: Topology;
  /** Opens a transport that is closed after the test. */
  readonly open: (overrides?: Partial<Topology>) => Promise<InspectableTransport>;
  /** Every state that any of them has reported. */
  readonly states: readonly TransportState[];
}

async function setup(t: TestContext, adapter: Adapter): Promise<Setup> {
  const opened: Transport[] = [];
  // Hooks run in the order in which they are added: transports close before their broker goes.
  t.after(() => Promise.all(opened.map((transport) => transport.close())));
  const broker = await adapter.setup(t);
  const topology = newTopology();
  const states: TransportState[] = [];
  const open = async (overrides: Partial<Topology> = {}): Promise<InspectableTransport> => {
    const transport = await broker.open({ ...topology, ...overrides }, (state) =>
      states.push(state),
    );
    opened.push(transport);
    return transport;
  };
  return { t, broker, topology, open, states };
}

/** Names that no other test uses, so that tests may share a broker. */
function newTopology(): Topology {
  const suffix = randomUUID().slice(0, 8);
  return {
    actor: `infer-${suffix}`,
    happyEnd: `happy-end-${suffix}`,
    errorEnd: `error-end-${suffix}`,
    retryDelaysMs: [100],
  };
}

async function consume(transport: Transport, queue: string, prefetch = 10) {
  const inbox = createInbox();
  const subscription = await transport.receive(queue, inbox.onDelivery, { prefetch });
  return { inbox, subscription };
}

async function receive(transport: Transport, queue: string, prefetch?: number): Promise<Inbox> {
  return (await consume(transport, queue, prefetch)).inbox;
}

function message(text = 'x'): Message {
  return { body: Buffer.from(text), headers: {} };
}

function textOf({ body }: Delivery): string {
  return body.toString();
}

function flagsOf(delivery: Delivery | undefined) {
  assert.ok(delivery);
  const { redelivered, unsettled, gone } = delivery;
  return { redelivered, unsettled, gone };
}

/**
 * Publishes as a sidecar does: again, when the connection was lost before the broker could confirm.
 */
async function sendUntilTaken(transport: Transport, queue: string, sent: Message): Promise<void> {
  for (;;) {
    try {
      return await transport.send(queue, sent);
    } catch (error) {
      if (!isSendError('lost')(error)) throw error;
    }
  }
}

function isSendError(code: SendErrorCode) {
  return (error: unknown): boolean => error instanceof SendError && error.code === code;
}
