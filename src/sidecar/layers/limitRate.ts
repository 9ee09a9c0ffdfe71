import type { Clock } from '../../clock.ts';
import { deadlineExceeded } from '../../runtime/reply/failedReply.ts';
import type { Batch, Reply, Request, Runtime, RuntimeLayer } from '../../runtime/runtime.ts';
import type { Health } from '../health.ts';
import type { RateLimiter, WaitEnd } from '../rateLimit/rateLimiter.ts';
import { MAX_WAIT_MS, type RatePause } from '../rateLimit/ratePause.ts';

export interface LimitRateOptions {
  readonly limiter: RateLimiter;
  readonly pause: RatePause;
  readonly health: Health;
  readonly clock: Clock;
  /** Called with the wait of each hop, in its asynchronous context. */
  readonly onWait: (waitMs: number) => void;
}

/**
 * Limits the starts of calls. A call waits for its turn for at most a minute; its timeout begins
 * afterwards. A message that would wait longer is given back. A batch starts once, and its items
 * wait together.
 */
export function limitRate(options: LimitRateOptions): RuntimeLayer {
  const limit = new RateLimit(options);
  return (next) => ({
    call: (request) => limit.call(next, request),
    close() {
      options.limiter.rejectWaiting();
      return next.close();
    },
  });
}

/** The start of a call that does not wait, or its wait. */
type Start = 'started' | 'rejected' | Promise<WaitEnd>;

class RateLimit {
  readonly #options: LimitRateOptions;
  readonly #batches = new WeakMap<Batch, Start>();

  constructor(options: LimitRateOptions) {
    this.#options = options;
  }

  call(next: Runtime, request: Request): Promise<Reply> {
    const start = this.#startOf(request);
    if (start === 'rejected') return Promise.resolve(GIVE_BACK);
    if (start !== 'started') return this.#callAfter(start, next, request);
    this.#options.onWait(0);
    return next.call(request);
  }

  async #callAfter(start: Promise<WaitEnd>, next: Runtime, request: Request): Promise<Reply> {
    switch (await this.#measureWait(start)) {
      case 'started':
        return next.call(request);
      case 'overdue':
        return deadlineExceeded('the deadline passed while the call waited for the rate limit');
      case 'rejected':
        return GIVE_BACK;
    }
  }

  #startOf({ batch, envelope }: Request): Start {
    const { deadlineMs } = envelope.headers;
    if (batch === undefined || batch.size === 1) return this.#start(deadlineMs);
    const start = this.#batches.get(batch) ?? this.#start();
    this.#batches.set(batch, start);
    return typeof start === 'string' ? start : this.#untilDeadline(start, deadlineMs);
  }

  #start(deadlineMs?: number): Start {
    const { limiter, pause } = this.#options;
    const hasStarted = limiter.tryStart();
    pause.update();
    if (hasStarted) return 'started';
    return limiter.waitMs() > MAX_WAIT_MS ? 'rejected' : this.#waitForStart(deadlineMs);
  }

  async #waitForStart(deadlineMs = Number.POSITIVE_INFINITY): Promise<WaitEnd> {
    const { limiter, pause } = this.#options;
    const end = await new Promise<WaitEnd>((resolve) => {
      limiter.wait(() => deadlineMs - Date.now(), resolve);
    });
    pause.update();
    return end;
  }

  /** The wait of one item of a batch. */
  #untilDeadline(start: Promise<WaitEnd>, deadlineMs: number | undefined): Promise<WaitEnd> {
    if (deadlineMs === undefined) return start;
    return new Promise((resolve) => {
      const leftMs = deadlineMs - Date.now();
      const cancelTimer = this.#options.clock.callAfter(leftMs, () => resolve('overdue'));
      void start.then((end) => {
        cancelTimer();
        resolve(end);
      });
    });
  }

  async #measureWait(start: Promise<WaitEnd>): Promise<WaitEnd> {
    const { health, clock, onWait } = this.#options;
    const arrivedAtMs = clock.nowMs();
    health.rateLimited++;
    const end = await start;
    health.rateLimited--;
    onWait(clock.nowMs() - arrivedAtMs);
    return end;
  }
}

const GIVE_BACK: Reply = {
  kind: 'absent',
  reason: 'the rate limit permits no call soon',
  cause: 'rate_limit',
};
