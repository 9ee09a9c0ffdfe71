import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { TestContext } from 'node:test';
import type { Message } from '../../../src/transport/message.ts';
import type { Topology } from '../../../src/transport/queues.ts';
import {
  SendError,
  type Delivery,
  type SendErrorCode,
  type Subscription,
  type Transport,
  type TransportState,
} from '../../../src/transport/transport.ts';
import { type InspectableTransport } from '../../../src/transport/inspection/inspectableTransport.ts';
import { createInbox, type Inbox } from '../../kit/envelopes/inbox.ts';
import type { Adapter, TestBroker } from './adapter.ts';

/** Defines one test of the suite. */
export type DefineTest = (title: string, run: (setup: Setup) => Promise<void>) => void;

export interface Setup {
  readonly t: TestContext;
  readonly adapter: Adapter;
  readonly broker: TestBroker;
  readonly topology: Topology;
  /** Opens a transport that is closed after the test. */
  readonly open: (overrides?: Partial<Topology>) => Promise<InspectableTransport>;
  /** All states that the transports have reported. */
  readonly states: readonly TransportState[];
}

export async function setUp(t: TestContext, adapter: Adapter): Promise<Setup> {
  const opened: Transport[] = [];
  // Hooks run in the order in which they are added: transports close before their broker.
  t.after(() => Promise.all(opened.map((transport) => transport.close())));
  const broker = await adapter.setup(t);
  const topology = uniqueTopology();
  const states: TransportState[] = [];
  const open = async (overrides: Partial<Topology> = {}): Promise<InspectableTransport> => {
    const transport = await broker.open({ ...topology, ...overrides }, (state) =>
      states.push(state),
    );
    opened.push(transport);
    return transport;
  };
  return { t, adapter, broker, topology, open, states };
}

/** Queue names that no other test uses, so that tests can share a broker. */
function uniqueTopology(): Topology {
  const suffix = randomUUID().slice(0, 8);
  return {
    actor: `infer-${suffix}`,
    happyEnd: `happy-end-${suffix}`,
    errorEnd: `error-end-${suffix}`,
    retryDelaysMs: [100],
  };
}

export async function consume(
  transport: Transport,
  queue: string,
  prefetch = 10,
): Promise<{ inbox: Inbox; subscription: Subscription }> {
  const inbox = createInbox();
  const subscription = await transport.receive(queue, inbox.onDelivery, { prefetch });
  return { inbox, subscription };
}

export async function receive(
  transport: Transport,
  queue: string,
  prefetch?: number,
): Promise<Inbox> {
  return (await consume(transport, queue, prefetch)).inbox;
}

export function message(text = 'x'): Message {
  return { body: Buffer.from(text), headers: {} };
}

export function textOf({ body }: Delivery): string {
  return body.toString();
}

export function flagsOf(
  delivery: Delivery | undefined,
): Pick<Delivery, 'redelivered' | 'unsettled' | 'gone'> {
  assert.ok(delivery);
  const { redelivered, unsettled, gone } = delivery;
  return { redelivered, unsettled, gone };
}

/** Sends a message again, as a sidecar does, while the connection is lost before the confirm. */
export async function sendUntilStored(
  transport: Transport,
  queue: string,
  sent: Message,
): Promise<void> {
  for (;;) {
    try {
      return await transport.send(queue, sent);
    } catch (error) {
      if (!isSendError('lost')(error)) throw error;
    }
  }
}

export function isSendError(code: SendErrorCode): (error: unknown) => boolean {
  return (error) => error instanceof SendError && error.code === code;
}
