import type { TestContext } from 'node:test';
import { createProcessClock } from '../../../src/clock.ts';
import { silentLog } from '../../../src/log.ts';
import { createBatchRoom, type BatchRoom } from '../../../src/runtime/batch/batchRoom.ts';
import { joinCalls } from '../../../src/runtime/batch/joinCalls.ts';
import { Slots } from '../../../src/runtime/limits/slots.ts';
import { limitTime } from '../../../src/runtime/limits/timeLimit.ts';
import { toCallReply } from '../../../src/runtime/reply/callReply.ts';
import { runtimeCrashed } from '../../../src/runtime/reply/failedReply.ts';
import type {
  CallReply,
  Runtime,
  RuntimeClient,
  RuntimeState,
} from '../../../src/runtime/runtime.ts';

/** A call that has reached the runtime. The test ends it. */
export interface StartedCall {
  readonly payload: string;
  /** Sends an empty reply. */
  answer(): void;
  /** Ends the call as crashed. */
  crash(): void;
}

export interface LimitedRuntime {
  readonly runtime: Runtime;
  readonly started: StartedCall[];
  /** The states that the slots have reported. */
  readonly states: RuntimeState[];
  readonly room: BatchRoom;
}

/** Creates a runtime in memory behind the slots and the time limit. */
export function createLimitedRuntime(
  t: TestContext,
  slotCount: number,
  onStart: () => void = () => {},
): LimitedRuntime {
  const started: StartedCall[] = [];
  const states: RuntimeState[] = [];
  const slots = new Slots(slotCount, (state) => {
    states.push(state);
    if (!state.ready) room.rejectWaiting(state.reason);
  });
  const room = createBatchRoom({
    slots,
    limits: { size: 1, waitMs: 0, maxBytes: 0 },
    deliveries: { mayArrive: () => false, giveBackCause: () => undefined },
    clock: createProcessClock(),
    log: silentLog,
  });
  const innermost: RuntimeClient = {
    send({ requests: [{ envelope }] }) {
      const { bytes, layout } = envelope;
      onStart();
      const { promise, resolve } = Promise.withResolvers<CallReply>();
      started.push({
        payload: bytes.toString('utf8', layout.payload.start, layout.payload.end),
        answer: () => resolve(toCallReply({ kind: 'answered', items: [], sizeBytes: 0 })),
        crash: () => resolve(runtimeCrashed('')),
      });
      return promise;
    },
    close: async () => {},
  };
  const runtime = room.layer(joinCalls(limitTime()(innermost)));
  t.after(() => {
    room.rejectWaiting('the test has ended');
    for (const call of started) call.crash();
  });
  return { runtime, started, states, room };
}

/** An envelope with a deadline, as JSON text. */
export function envelopeWithDeadline(deadlineMs: number): string {
  const headers = { 'x-asya-deadline': new Date(deadlineMs).toISOString() };
  const route = { actors: ['infer'], current: 0 };
  return JSON.stringify({ id: 'env-1', headers, route, payload: 2 });
}
