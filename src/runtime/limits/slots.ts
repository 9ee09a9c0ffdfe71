import { LinkedList } from '../../linkedList.ts';
import { deadlineExceeded } from '../reply/failedReply.ts';
import type {
  AbsenceCause,
  Reply,
  Request,
  Runtime,
  RuntimeLayer,
  RuntimeState,
} from '../runtime.ts';

/** A limit of concurrent calls. */
export interface Slots {
  readonly layer: RuntimeLayer;
  /** Ends all calls that wait for a slot as absent. Running calls continue. */
  rejectWaiting(reason: string, cause?: AbsenceCause): void;
}

/**
 * Creates a layer that limits the concurrent calls. A call that has timed out keeps its slot until
 * the runtime has finished it, so that the calls behind it do not time out too. While every slot
 * belongs to such a call, the runtime counts as absent.
 * @param onExhausted called when the runtime becomes absent, and when a slot is free again
 */
export function limitSlots(slots: number, onExhausted: (state: RuntimeState) => void): Slots {
  const limiter = new SlotLimiter(slots, onExhausted);
  return {
    layer: (next) => ({
      call: (request) => limiter.call(next, request),
      close() {
        limiter.rejectWaiting('the sidecar has closed its connections to the runtime');
        return next.close();
      },
    }),
    rejectWaiting: (reason, cause) => limiter.rejectWaiting(reason, cause),
  };
}

/** Called with the reply of a rejected call, or with undefined when the call receives a slot. */
type Waiter = (rejection: Reply | undefined) => void;

class SlotLimiter {
  readonly #slots: number;
  readonly #onExhausted: (state: RuntimeState) => void;
  readonly #waiting = new LinkedList<Waiter>();
  #usedSlots = 0;
  /** The slots of timed-out calls. */
  #abandonedSlots = 0;

  constructor(slots: number, onExhausted: (state: RuntimeState) => void) {
    this.#slots = slots;
    this.#onExhausted = onExhausted;
  }

  call(next: Runtime, request: Request): Promise<Reply> {
    if (this.#abandonedSlots >= this.#slots) return Promise.resolve(absent(this.#exhaustion()));
    if (this.#usedSlots >= this.#slots) return this.#callAfterWait(next, request);
    this.#usedSlots++;
    return this.#callInSlot(next, request);
  }

  rejectWaiting(reason: string, cause?: AbsenceCause): void {
    for (const { value: resolve } of this.#waiting) resolve(absent(reason, cause));
  }

  /** Waits for a slot. The call then runs in the asynchronous context of its caller. */
  async #callAfterWait(next: Runtime, request: Request): Promise<Reply> {
    const rejection = await this.#waitForSlot();
    if (rejection !== undefined) return rejection;
    const { deadlineMs = Number.POSITIVE_INFINITY } = request.envelope.headers;
    if (deadlineMs > Date.now()) return this.#callInSlot(next, request);
    this.#releaseSlot();
    return deadlineExceeded('the deadline passed while the call waited for a slot');
  }

  #waitForSlot(): Promise<Reply | undefined> {
    return new Promise((resolve) => {
      const node = this.#waiting.add((rejection) => {
        this.#waiting.remove(node);
        resolve(rejection);
      });
    });
  }

  /** Releases the slot when the runtime has finished the call. */
  async #callInSlot(next: Runtime, request: Request): Promise<Reply> {
    let lateCompletion: Promise<unknown> | undefined;
    try {
      const reply = await next.call(request);
      if (reply.kind === 'failed') ({ lateCompletion } = reply);
      return reply;
    } finally {
      if (lateCompletion === undefined) this.#releaseSlot();
      else void this.#releaseSlotAfter(lateCompletion);
    }
  }

  async #releaseSlotAfter(lateCompletion: Promise<unknown>): Promise<void> {
    if (++this.#abandonedSlots === this.#slots) {
      this.#onExhausted({ ready: false, reason: this.#exhaustion() });
      this.rejectWaiting(this.#exhaustion());
    }
    await lateCompletion;
    if (this.#abandonedSlots-- === this.#slots) this.#onExhausted({ ready: true });
    this.#releaseSlot();
  }

  /** Gives the slot to the call that has waited longest. */
  #releaseSlot(): void {
    const { first } = this.#waiting;
    if (first === undefined) this.#usedSlots--;
    else first(undefined);
  }

  #exhaustion(): string {
    return this.#slots === 1
      ? 'the only slot belongs to a call that timed out and is still running'
      : `all ${this.#slots} slots belong to calls that timed out and are still running`;
  }
}

function absent(reason: string, cause?: AbsenceCause): Reply {
  return { kind: 'absent', reason, ...(cause === undefined ? {} : { cause }) };
}
