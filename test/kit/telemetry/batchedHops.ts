import type { TestContext } from 'node:test';
import { createProcessClock } from '../../../src/clock.ts';
import { compose } from '../../../src/compose.ts';
import type { HopProcessor } from '../../../src/hop/hop.ts';
import { silentLog } from '../../../src/log.ts';
import { createBatchRoom } from '../../../src/runtime/batch/batchRoom.ts';
import { joinCalls } from '../../../src/runtime/batch/joinCalls.ts';
import { Slots } from '../../../src/runtime/limits/slots.ts';
import type {
  Call,
  CallReply,
  Reply,
  Runtime,
  RuntimeClient,
  RuntimeLayer,
} from '../../../src/runtime/runtime.ts';
import { SECOND } from '../../../src/units.ts';
import type { Telemetry } from '../../../telemetry/telemetry.ts';
import { hopOf } from '../envelopes/hops.ts';

export interface BatchedHops {
  /** Runs a hop of each envelope at the same time; they share the first call. */
  readonly run: (envelopes: readonly object[]) => Promise<Reply[]>;
  /** The calls that the runtime has received. */
  readonly calls: readonly Call[];
}

/** Runs hops in batches of any size, with the layers of telemetry around a runtime in memory. */
export function createBatchedHops(
  t: TestContext,
  { actor, telemetry }: { readonly actor: string; readonly telemetry: Telemetry },
  answer: (call: Call) => CallReply | Promise<CallReply>,
): BatchedHops {
  const calls: Call[] = [];
  let arriving = 0;
  const room = createBatchRoom({
    slots: new Slots(1, () => {}),
    limits: { size: 100, waitMs: 10 * SECOND, maxBytes: Number.POSITIVE_INFINITY },
    deliveries: { mayArrive: (count) => count < arriving, giveBackCause: () => undefined },
    onWait: telemetry.onBatchWait,
    clock: createProcessClock(),
    log: silentLog,
  });
  t.after(() => room.rejectWaiting('the test has ended', 'draining'));
  const { traceBatches, measureCalls } = telemetry;
  const client = compose<RuntimeClient>([traceBatches, ...present(measureCalls)], {
    async send(call) {
      calls.push(call);
      return answer(call);
    },
    close: async () => {},
  });
  const layers: RuntimeLayer[] = [
    room.layer,
    ...present(telemetry.traceCalls),
    telemetry.noteCalls,
  ];
  const runtime = compose<Runtime>(layers, joinCalls(client));

  async function runOne(envelope: object): Promise<Reply> {
    let reply: Reply = { kind: 'absent', reason: 'no call' };
    const work: HopProcessor = async ({ envelope, traceHeaders: context }) => {
      reply = await runtime.call({ envelope, actor, attempt: 1, timeoutMs: SECOND, context });
      return { name: 'forward', dispatched: 1 };
    };
    await compose([telemetry.traceHops(), telemetry.observeHops], work)(hopOf({ actor, envelope }));
    return reply;
  }

  return {
    calls,
    async run(envelopes) {
      arriving = envelopes.length;
      return Promise.all(envelopes.map(runOne));
    },
  };
}

function present<T>(value: T | undefined): T[] {
  return value === undefined ? [] : [value];
}
