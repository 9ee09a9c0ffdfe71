import type { Slots } from '../limits/slots.ts';
import { lateCompletionOf } from '../reply/failedReply.ts';
import type { Reply, Request, Runtime } from '../runtime.ts';
import type { Calls, CallsOptions } from './calls.ts';
import { WaitingRoom } from './waitingRoom.ts';

/** Calls of one request each. */
export class SingleCalls implements Calls {
  readonly #slots: Slots;
  readonly #room: WaitingRoom<undefined>;

  constructor(options: Omit<CallsOptions, 'deliveries' | 'log'>) {
    this.#slots = options.slots;
    this.#room = new WaitingRoom({ ...options, mayGrow: () => false, start: () => undefined });
  }

  call(next: Runtime, request: Request): Promise<Reply> {
    if (!this.#slots.hasFree()) return this.#callAfterWait(next, request);
    this.#slots.take();
    return this.#callInSlot(next, request);
  }

  rejectWaiting(reply: Reply): void {
    this.#room.rejectAll(reply);
  }

  setState(): void {}

  async #callAfterWait(next: Runtime, request: Request): Promise<Reply> {
    const seat = await this.#room.wait(request);
    return 'rejection' in seat ? seat.rejection : this.#callInSlot(next, request);
  }

  /** Releases the slot when the runtime has finished the call. */
  async #callInSlot(next: Runtime, request: Request): Promise<Reply> {
    let reply: Reply | undefined;
    try {
      reply = await next.call(request);
      return reply;
    } finally {
      const late = lateCompletionOf(reply);
      if (late === undefined) this.#room.releaseSlot();
      else void this.#slots.untilFinished(late).then(() => this.#room.releaseSlot());
    }
  }
}
