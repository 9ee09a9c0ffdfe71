import type { TestContext } from 'node:test';
import { payloadOf } from '../../../src/envelope/envelope.ts';
import { silentLog } from '../../../src/log.ts';
import { createBatchRoom, type BatchRoom } from '../../../src/runtime/batch/batchRoom.ts';
import type { Deliveries } from '../../../src/runtime/batch/deliveries.ts';
import type { BatchLimits, BatchList } from '../../../src/runtime/batch/gathering.ts';
import { joinCalls } from '../../../src/runtime/batch/joinCalls.ts';
import { Slots } from '../../../src/runtime/limits/slots.ts';
import {
  replyInvalid,
  runtimeCrashed,
  runtimeTimeout,
} from '../../../src/runtime/reply/failedReply.ts';
import type {
  Call,
  CallReply,
  LateCompletion,
  Reply,
  Runtime,
  RuntimeLayer,
  RuntimeState,
} from '../../../src/runtime/runtime.ts';
import { createFakeClock, type FakeClock } from '../rigs/fakeClock.ts';

export interface BatchRigOptions extends Partial<BatchLimits> {
  /** @default 1 */
  readonly slots?: number;
  readonly list?: BatchList;
  /** @default another request may always arrive */
  readonly deliveries?: Partial<Deliveries>;
  /** The layers between the slot and the call. */
  readonly layers?: RuntimeLayer;
  readonly onWait?: (waitMs: number) => void;
  readonly endsWithTimeout?: boolean;
}

/** A call that has reached the runtime. The test ends it. */
export interface SentCall {
  readonly call: Call;
  readonly payloads: readonly string[];
  /** Replies to each payload with one item: the payload itself. */
  echo(): void;
  reply(reply: CallReply): void;
  /** Replies with an array of another length. */
  answerTooFew(): void;
  crash(): void;
  /** Lets the call time out; returns the function that ends it in the runtime. */
  timeOut(): (end: LateCompletion) => void;
}

export interface BatchRig {
  readonly runtime: Runtime;
  readonly room: BatchRoom;
  readonly clock: FakeClock;
  readonly sent: readonly SentCall[];
  readonly states: readonly RuntimeState[];
  /** The logged warnings. */
  readonly warnings: readonly (readonly unknown[])[];
}

/** Creates a runtime in memory behind a batch room. */
export function createBatchRig(t: TestContext, options: BatchRigOptions = {}): BatchRig {
  const { size = 3, waitMs = 10, maxBytes = 1_000, layers = (next) => next } = options;
  const clock = createFakeClock();
  const states: RuntimeState[] = [];
  const warnings: unknown[][] = [];
  const slots = new Slots(options.slots ?? 1, (state) => {
    states.push(state);
    if (!state.ready) room.rejectWaiting(state.reason);
  });
  const room = createBatchRoom({
    slots,
    limits: { size, waitMs, maxBytes },
    endsWithTimeout: options.endsWithTimeout ?? false,
    list: options.list,
    deliveries: { mayArrive: () => true, giveBackCause: () => undefined, ...options.deliveries },
    clock,
    log: { ...silentLog, warn: (...line: unknown[]) => warnings.push(line) },
    ...(options.onWait === undefined ? {} : { onWait: options.onWait }),
  });
  const sent: SentCall[] = [];
  const client = {
    send(call: Call): Promise<CallReply> {
      const { promise, resolve } = Promise.withResolvers<CallReply>();
      sent.push(sentCall(call, resolve));
      return promise;
    },
    close: async () => {},
  };
  const runtime = room.layer(layers(joinCalls(client)));
  t.after(() => runtime.close());
  return { runtime, room, clock, sent, states, warnings };
}

function sentCall(call: Call, resolve: (reply: CallReply) => void): SentCall {
  const payloads = call.requests.map(({ envelope }) => payloadOf(envelope));
  const replyWith = (items: readonly Buffer[]): void =>
    resolve({ kind: 'answered', replies: items.map(replyOf), sizeBytes: 0 });
  return {
    call,
    payloads: payloads.map(String),
    reply: resolve,
    echo: () => replyWith(payloads),
    answerTooFew: () => resolve(replyInvalid('the reply has 0 elements')),
    crash: () => resolve(runtimeCrashed('the connection was lost')),
    timeOut() {
      const late = Promise.withResolvers<LateCompletion>();
      resolve(runtimeTimeout(call.timeoutMs, late.promise));
      return late.resolve;
    },
  };
}

function replyOf(payload: Buffer): Reply {
  return { kind: 'answered', items: [{ payload }], sizeBytes: payload.length };
}
