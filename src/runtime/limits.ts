import { timedOut } from './failure.ts';
import type { Call, Finish, Reply, Request, Runtime, RuntimeLayer, RuntimeState } from './runtime.ts';

/** A layer that lets only so many calls run at once. */
export interface Slots {
  readonly layer: RuntimeLayer;
  /** Ends every call that waits for a slot as absent; those that run go on. */
  turnAway(reason: string): void;
}

/**
 * A call waits for a slot, and keeps it until the runtime is free again: what waits behind a call that has timed
 * out must not time out too. While every slot belongs to such a call, the runtime counts as absent.
 * @param onExhausted told when that begins and when it ends
 */
export function limitSlots(slots: number, onExhausted: (state: RuntimeState) => void): Slots {
  const waiting = new Set<(reason: string | undefined) => void>();
  let taken = 0;
  let abandoned = 0;

  function start(next: Runtime, request: Request): Call {
    const { reply, finished } = next.call(request);
    let isAbandoned = false;

    async function watch(): Promise<Reply> {
      const it = await reply;
      isAbandoned = it.kind === 'failed' && it.fault.code === 'runtime_timeout';
      if (isAbandoned && ++abandoned === slots) exhaust();
      return it;
    }

    async function release(): Promise<Finish> {
      const finish = await finished;
      if (isAbandoned && abandoned-- === slots) onExhausted({ ready: true });
      passOn();
      return finish;
    }

    return { reply: watch(), finished: release() };
  }

  function exhaust(): void {
    onExhausted({ ready: false, reason: exhaustedBy(slots) });
    turnAway(exhaustedBy(slots));
  }

  /** A slot is free: the call that has waited longest takes it. */
  function passOn(): void {
    const [first] = waiting;
    if (first === undefined) taken--;
    else first(undefined);
  }

  function turnAway(reason: string): void {
    for (const resolve of waiting) resolve(reason);
  }

  /** Resolves to undefined when it is the call's turn, else to why it is turned away. */
  function turn(): Promise<string | undefined> {
    return new Promise((resolve) => {
      const settle = (reason: string | undefined): void => {
        waiting.delete(settle);
        resolve(reason);
      };
      waiting.add(settle);
    });
  }

  /** Goes on in the asynchronous context of its caller, and so does the call. */
  async function wait(next: Runtime, request: Request): Promise<Call> {
    const reason = await turn();
    return reason === undefined ? start(next, request) : absentCall(reason);
  }

  const layer: RuntimeLayer = (next) => ({
    call(request) {
      if (abandoned >= slots) return absentCall(exhaustedBy(slots));
      if (taken >= slots) return flatten(wait(next, request));
      taken++;
      return start(next, request);
    },
    close() {
      turnAway('the sidecar has let go of the runtime');
      return next.close();
    },
  });

  return { layer, turnAway };
}

/** Ends a call that takes longer than its request allows as `runtime_timeout`; a reply that comes later is dropped. */
export function limitTime(): RuntimeLayer {
  return (next) => ({
    call(request) {
      const call = next.call(request);
      let isLate = false;
      const reply = new Promise<Reply>((resolve, reject) => {
        const expire = (): void => {
          isLate = true;
          resolve(timedOut(request.timeoutMs));
        };
        const timer = setTimeout(expire, Math.min(request.timeoutMs, MAX_TIMER_MS));
        void call.reply.finally(() => clearTimeout(timer)).then(resolve, reject);
      });
      const finished = call.finished.then((finish): Finish =>
        isLate && finish === 'in_time' ? 'late' : finish,
      );
      return { reply, finished };
    },
    close: () => next.close(),
  });
}

/** The longest time that a timer of Node takes; it is 24 days. */
const MAX_TIMER_MS = 2 ** 31 - 1;

function exhaustedBy(slots: number): string {
  const calls = slots === 1 ? 'the only call' : `all ${slots} calls`;
  return `${calls} that it may have at once timed out, and it has not answered since`;
}

function absentCall(reason: string): Call {
  return { reply: Promise.resolve({ kind: 'absent', reason }), finished: Promise.resolve('closed') };
}

/** A call that is yet to come, as a call. */
function flatten(call: Promise<Call>): Call {
  return { reply: call.then(({ reply }) => reply), finished: call.then(({ finished }) => finished) };
}
