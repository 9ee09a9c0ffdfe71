import type { Clock } from '../../clock.ts';
import { deadlineExceeded } from '../../runtime/reply/failedReply.ts';
import type { Reply, Request, Runtime, RuntimeLayer } from '../../runtime/runtime.ts';
import type { Health } from '../health.ts';
import type { RateLimiter, WaitEnd } from '../rateLimit/rateLimiter.ts';
import { MAX_WAIT_MS, type RatePause } from '../rateLimit/ratePause.ts';

export interface LimitRateOptions {
  readonly limiter: RateLimiter;
  readonly pause: RatePause;
  readonly health: Health;
  readonly clock: Pick<Clock, 'nowMs'>;
  /** Called with the wait of each call, in the asynchronous context of its hop. */
  readonly onWait: (waitMs: number) => void;
}

/**
 * Limits the starts of calls. A call waits for its turn for at most a minute; its timeout begins
 * afterwards. A message that would wait longer is given back.
 */
export function limitRate(options: LimitRateOptions): RuntimeLayer {
  const { limiter, pause, onWait } = options;
  return (next) => ({
    call(request) {
      if (!limiter.tryStart()) return callAfterWait(next, request, options);
      pause.update();
      onWait(0);
      return next.call(request);
    },
    close() {
      limiter.rejectWaiting();
      return next.close();
    },
  });
}

async function callAfterWait(
  next: Runtime,
  request: Request,
  options: LimitRateOptions,
): Promise<Reply> {
  const { limiter, pause } = options;
  pause.update();
  if (limiter.waitMs() > MAX_WAIT_MS) return GIVE_BACK;
  const end = await waitForStart(request, options);
  pause.update();
  switch (end) {
    case 'started':
      return next.call(request);
    case 'overdue':
      return deadlineExceeded('the deadline passed while the call waited for the rate limit');
    case 'rejected':
      return GIVE_BACK;
  }
}

async function waitForStart(
  { envelope }: Request,
  { limiter, health, clock, onWait }: LimitRateOptions,
): Promise<WaitEnd> {
  const { deadlineMs = Number.POSITIVE_INFINITY } = envelope.headers;
  const arrivedAtMs = clock.nowMs();
  health.rateLimited++;
  const end = await new Promise<WaitEnd>((resolve) => {
    limiter.wait(() => deadlineMs - Date.now(), resolve);
  });
  health.rateLimited--;
  onWait(clock.nowMs() - arrivedAtMs);
  return end;
}

const GIVE_BACK: Reply = {
  kind: 'absent',
  reason: 'the rate limit permits no call soon',
  cause: 'rate_limit',
};
