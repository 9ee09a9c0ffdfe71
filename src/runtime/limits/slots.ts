import { LinkedList } from '../../linkedList.ts';
import { deadlineExceeded } from '../reply/failedReply.ts';
import type { Reply, Request, Runtime, RuntimeLayer, RuntimeState } from '../runtime.ts';
import { startTimeLimit } from './timeLimit.ts';

/** A layer that lets only so many calls run at once. */
export interface Slots {
  readonly layer: RuntimeLayer;
  /** Ends every call that waits for a slot as absent; those that run go on. */
  rejectWaiting(reason: string): void;
}

/**
 * A call waits for a slot, and keeps it until the runtime is free again: what waits behind a call
 * that has timed out must not time out too. While every slot belongs to such a call, the runtime
 * counts as absent.
 * @param onExhausted told when that begins and when it ends
 */
export function limitSlots(slots: number, onExhausted: (state: RuntimeState) => void): Slots {
  const waiting = new LinkedList<(reason: string | undefined) => void>();
  let taken = 0;
  let abandoned = 0;

  /** Has a slot, and passes it on when the runtime is free again. */
  async function run(next: Runtime, request: Request): Promise<Reply> {
    let goesOn: Promise<unknown> | undefined;
    try {
      const reply = await next.call(request);
      if (reply.kind === 'failed') ({ lateCompletion: goesOn } = reply);
      return reply;
    } finally {
      if (goesOn === undefined) passOn();
      else void abandon(goesOn);
    }
  }

  async function abandon(call: Promise<unknown>): Promise<void> {
    if (++abandoned === slots) exhaust();
    await call;
    if (abandoned-- === slots) onExhausted({ ready: true });
    passOn();
  }

  function exhaust(): void {
    onExhausted({ ready: false, reason: exhaustedBy(slots) });
    turnAway(exhaustedBy(slots));
  }

  /** A slot is free: the call that has waited longest takes it. */
  function passOn(): void {
    const { first: oldest } = waiting;
    if (oldest === undefined) taken--;
    else oldest(undefined);
  }

  function turnAway(reason: string): void {
    for (const { value: resolve } of waiting) resolve(reason);
  }

  /** Resolves to undefined when it is the call's turn, else to why it is turned away. */
  function turn(): Promise<string | undefined> {
    return new Promise((resolve) => {
      const place = waiting.add((reason) => {
        waiting.remove(place);
        resolve(reason);
      });
    });
  }

  /** Goes on in the asynchronous context of its caller, and so does the call. */
  async function wait(next: Runtime, request: Request): Promise<Reply> {
    const reason = await turn();
    if (reason !== undefined) return absent(reason);
    if (startTimeLimit(request).leftMs() > 0) return run(next, request);
    passOn();
    return deadlineExceeded('the deadline passed while the call waited for its turn');
  }

  const layer: RuntimeLayer = (next) => ({
    call(request) {
      if (abandoned >= slots) return Promise.resolve(absent(exhaustedBy(slots)));
      if (taken >= slots) return wait(next, request);
      taken++;
      return run(next, request);
    },
    close() {
      turnAway('the sidecar has let go of the runtime');
      return next.close();
    },
  });

  return { layer, rejectWaiting: turnAway };
}

function exhaustedBy(slots: number): string {
  const calls = slots === 1 ? 'the only call' : `all ${slots} calls`;
  return `${calls} that it may have at once timed out, and it has not answered since`;
}

function absent(reason: string): Reply {
  return { kind: 'absent', reason };
}
