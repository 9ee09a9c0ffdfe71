import { AsyncLocalStorage } from 'node:async_hooks';
import type { Clock } from '../../clock.ts';
import type { Log } from '../../log.ts';
import type { Slots } from '../limits/slots.ts';
import { absent, deadlineExceeded, lateCompletionOf } from '../reply/failedReply.ts';
import type {
  AbsenceCause,
  Reply,
  Request,
  Runtime,
  RuntimeLayer,
  RuntimeState,
} from '../runtime.ts';
import { AloneCalls } from './aloneCalls.ts';
import type { Deliveries } from './deliveries.ts';
import { FormedBatch } from './formedBatch.ts';
import {
  Gathering,
  type BatchLimits,
  type BatchList,
  type Group,
  type Seat,
  type Waiter,
} from './gathering.ts';

export interface BatchRoomOptions {
  readonly slots: Slots;
  readonly limits: BatchLimits;
  /** Undefined if a call has no list in addition to its payloads. */
  readonly list?: BatchList | undefined;
  readonly deliveries: Deliveries;
  /** Called with the time for which a request has waited for its batch and a slot. */
  readonly onWait?: (waitMs: number) => void;
  readonly clock: Clock;
  readonly log: Log;
}

/** Where requests wait for slots and gather into batches. */
export interface BatchRoom {
  /** Gives each request its slot, and its batch if calls are batches. */
  readonly layer: RuntimeLayer;
  /** Ends all waits as absent. Running calls continue. */
  rejectWaiting(reason: string, cause?: AbsenceCause): void;
  /** Reports whether the runtime can be called. */
  setState(state: RuntimeState): void;
}

/**
 * Creates the room. A free slot takes the first batch when it is full, when its first item has
 * waited for `waitMs`, or when no other request may arrive. While all slots are used, items gather.
 *
 * If the call of a batch of several items fails as a whole, each item is called alone once, one
 * after the other, in the slot of the batch.
 */
export function createBatchRoom(options: BatchRoomOptions): BatchRoom {
  const room = new Room(options);
  const { size } = options.limits;
  return {
    layer: (next) => ({
      call: (request) =>
        size === 1 ? room.callSingle(next, request) : room.callInBatch(next, request),
      close() {
        room.rejectWaiting('the sidecar has closed its connections to the runtime', 'draining');
        return next.close();
      },
    }),
    rejectWaiting: (reason, cause) => room.rejectWaiting(reason, cause),
    setState: (state) => room.setState(state),
  };
}

class Room {
  readonly #options: BatchRoomOptions;
  readonly #gathering: Gathering;
  readonly #aloneCalls: AloneCalls;
  /** The number of requests of batches that wait or are in a call. */
  #requests = 0;
  readonly #runOutside = AsyncLocalStorage.snapshot();
  #cancelTimer: (() => void) | undefined;

  constructor(options: BatchRoomOptions) {
    this.#options = options;
    this.#gathering = new Gathering(options.limits, options.list);
    this.#aloneCalls = new AloneCalls(options);
  }

  callSingle(next: Runtime, request: Request): Promise<Reply> {
    const { slots } = this.#options;
    if (!slots.hasFree()) return this.#callAfterWait(next, request);
    slots.take();
    return this.#callInSlot(next, request);
  }

  async callInBatch(next: Runtime, request: Request): Promise<Reply> {
    this.#requests++;
    try {
      return await this.#callAfterWait(next, request);
    } finally {
      this.#requests--;
    }
  }

  rejectWaiting(reason: string, cause?: AbsenceCause): void {
    const reply = absent(reason, cause);
    for (let group = this.#gathering.shift(); group; group = this.#gathering.shift()) {
      for (const { resolve } of group.waiters) resolve({ kind: 'rejected', reply });
    }
    if (cause === 'draining' || cause === 'breaker') this.#aloneCalls.refuseWaiting(reply);
  }

  setState(state: RuntimeState): void {
    this.#aloneCalls.setState(state);
  }

  /** Waits for a slot. The call then runs in the asynchronous context of its caller. */
  async #callAfterWait(next: Runtime, request: Request): Promise<Reply> {
    const { clock, onWait } = this.#options;
    const startedAtMs = clock.nowMs();
    const seat = await this.#gather(request);
    if (seat.kind === 'batch') onWait?.(clock.nowMs() - startedAtMs);
    switch (seat.kind) {
      case 'single':
        return this.#callInSlot(next, request);
      case 'batch':
        return this.#callWith(seat.batch, next, request);
      case 'rejected':
        return seat.reply;
    }
  }

  /** Releases the slot when the runtime has finished the call. */
  async #callInSlot(next: Runtime, request: Request): Promise<Reply> {
    const { slots } = this.#options;
    let reply: Reply | undefined;
    try {
      reply = await next.call(request);
      return reply;
    } finally {
      const late = lateCompletionOf(reply);
      if (late === undefined) this.#releaseSlot();
      else void slots.untilFinished(late).then(() => this.#releaseSlot());
    }
  }

  async #callWith(batch: FormedBatch, next: Runtime, request: Request): Promise<Reply> {
    const reply = await batch.callItem(next, request);
    const turn = batch.turnOf(request);
    return turn === undefined ? reply : this.#aloneCalls.call(next, request, turn);
  }

  #gather(request: Request): Promise<Seat> {
    const { slots, clock } = this.#options;
    const exhaustion = slots.exhaustion();
    if (exhaustion !== undefined) {
      return Promise.resolve({ kind: 'rejected', reply: absent(exhaustion) });
    }
    return new Promise((resolve) => {
      this.#gathering.add({ request, resolve }, clock.nowMs());
      this.#fillSlots();
    });
  }

  /** Gives each free slot to the batch that has waited longest. */
  #fillSlots(): void {
    const { slots } = this.#options;
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    for (let group = this.#gathering.first; group; group = this.#gathering.first) {
      if (!slots.hasFree()) return;
      const leftMs = this.#leftMs(group);
      if (leftMs > 0) {
        this.#cancelTimer = this.#options.clock.callAfter(leftMs, () => this.#fillSlots());
        return;
      }
      this.#gathering.shift();
      this.#start(group);
    }
  }

  /** The time for which a group waits for further items, in milliseconds. */
  #leftMs({ isFull, sinceMs }: Group): number {
    const { limits, deliveries, clock } = this.#options;
    if (isFull || !deliveries.mayArrive(this.#requests)) return 0;
    return sinceMs + limits.waitMs - clock.nowMs();
  }

  #start({ waiters }: Group): void {
    const inTime = waiters.filter((waiter) => !rejectOverdue(waiter));
    if (inTime.length === 0) return;
    const { slots, limits } = this.#options;
    slots.take();
    if (limits.size === 1) {
      for (const { resolve } of inTime) resolve({ kind: 'single' });
      return;
    }
    const batch = new FormedBatch(inTime.map(({ request }) => request));
    for (const { resolve } of inTime) resolve({ kind: 'batch', batch });
    void this.#runOutside(() => this.#occupy(batch));
  }

  /** Keeps the slot of a batch until its last item has been called. */
  async #occupy(batch: FormedBatch): Promise<void> {
    const { slots, log } = this.#options;
    const reply = await batch.ended;
    const { turns } = batch;
    if (turns.length > 0 && reply?.kind === 'failed') {
      const { code, message } = reply.fault;
      log.warn({ items: turns.length, code, error: message }, BATCH_FAILED);
    }
    const late = reply?.kind === 'failed' ? reply.lateCompletion : undefined;
    if (late !== undefined) await slots.untilFinished(late);
    for (const turn of turns) {
      turn.begin();
      await turn.ended;
    }
    this.#releaseSlot();
  }

  #releaseSlot(): void {
    this.#options.slots.release();
    this.#fillSlots();
  }
}

const BATCH_FAILED = 'call of a batch failed; calling its envelopes one by one';

function rejectOverdue({ request, resolve }: Waiter): boolean {
  const { deadlineMs = Number.POSITIVE_INFINITY } = request.envelope.headers;
  const isOverdue = deadlineMs <= Date.now();
  const message = 'the deadline passed while the call waited for a slot';
  if (isOverdue) resolve({ kind: 'rejected', reply: deadlineExceeded(message) });
  return isOverdue;
}
