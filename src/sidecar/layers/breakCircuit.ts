import type { Clock } from '../../clock.ts';
import type { FaultCode } from '../../faults.ts';
import type { Log } from '../../log.ts';
import type { Reply, Request, Runtime, RuntimeLayer } from '../../runtime/runtime.ts';
import { truncate } from '../../unicode.ts';
import type { CallResult, CircuitBreaker, Ticket } from '../breaker/circuitBreaker.ts';
import type { Health } from '../health.ts';
import type { Intake } from '../intake.ts';

export interface BreakCircuitOptions {
  readonly breaker: CircuitBreaker;
  readonly clock: Clock;
  readonly intake: Intake;
  readonly health: Health;
  readonly log: Log;
  /** Aborts when the process releases its deliveries; no cool-down ends afterwards. */
  readonly closed: AbortSignal;
}

/**
 * Pauses consuming while the runtime fails most of its calls. While the breaker is open, calls that
 * were in flight and fail are given back, and their attempts are not counted. After the cool-down
 * one envelope probes the runtime; if its call fails, it waits in the retry queue, and another one
 * probes next.
 */
export function breakCircuit(options: BreakCircuitOptions): RuntimeLayer {
  const control = new BreakerControl(options);
  return (next) => ({
    call: (request) => control.call(next, request),
    close: () => next.close(),
  });
}

class BreakerControl {
  readonly #options: BreakCircuitOptions;
  #cancelTimer = (): void => {};
  #openedAtMs = 0;

  constructor(options: BreakCircuitOptions) {
    this.#options = options;
    options.closed.addEventListener('abort', () => this.#cancelTimer(), { once: true });
  }

  async call(next: Runtime, request: Request): Promise<Reply> {
    const { breaker, intake } = this.#options;
    const ticket = breaker.admit();
    if (ticket === undefined) return GIVE_BACK;
    // One envelope probes. The pause ends with its result.
    if (ticket.isProbe) void intake.pause('breaker');
    let reply: Reply = GIVE_BACK;
    try {
      reply = await next.call(request);
    } finally {
      this.#apply(ticket, reply);
    }
    return this.#replace(ticket, reply);
  }

  #apply(ticket: Ticket, reply: Reply): void {
    const { breaker, intake, log } = this.#options;
    switch (breaker.record(ticket, resultOf(reply))) {
      case 'none':
        return;
      case 'opened':
        return this.#open(ticket, reply);
      case 'probe_again':
        return intake.resume('breaker', 1);
      case 'closed':
        log.info({ openMs: this.#openMs() }, 'circuit breaker closed; consuming resumed');
        return intake.resume('breaker');
    }
  }

  /** While the breaker is not closed, a failure is the runtime's and not the envelope's. */
  #replace(ticket: Ticket, reply: Reply): Reply {
    const { breaker } = this.#options;
    if (breaker.isClosed && !breaker.isStale(ticket)) return reply;
    if (reply.kind !== 'failed' || !FAILURES.has(reply.fault.code)) return reply;
    return ticket.isProbe ? { ...reply, isProbe: true } : GIVE_BACK;
  }

  #open({ isProbe }: Ticket, reply: Reply): void {
    const { breaker, intake, health, log, clock } = this.#options;
    const { cooldownMs, evidence } = breaker;
    const { calls, failures } = evidence;
    const error = describe(reply);
    if (!isProbe) this.#openedAtMs = clock.nowMs();
    const nextProbe = new Date(Date.now() + cooldownMs).toISOString();
    const cause = isProbe ? 'the last probe failed' : `${failures} of ${calls} calls failed`;
    health.breaker = `open, ${cause} (${error}); next probe at ${nextProbe}`;
    void intake.pause('breaker');
    if (isProbe) {
      log.warn({ error, cooldownMs, openMs: this.#openMs() }, 'circuit breaker probe failed');
    } else {
      const details = { calls, failures, errorRate: failures / calls, error, cooldownMs };
      log.warn(details, 'circuit breaker open; consuming paused');
    }
    this.#cancelTimer = clock.callAfter(cooldownMs, () => this.#probe());
  }

  #probe(): void {
    const { breaker, intake, log } = this.#options;
    breaker.endCooldown();
    log.info({ openMs: this.#openMs() }, 'circuit breaker half-open; the next envelope probes');
    intake.resume('breaker', 1);
  }

  #openMs(): number {
    return Math.round(this.#options.clock.nowMs() - this.#openedAtMs);
  }
}

const GIVE_BACK: Reply = {
  kind: 'absent',
  reason: 'the circuit breaker is open',
  cause: 'breaker',
};

/** The failures of a runtime or its model server. All other faults are the sender's. */
const FAILURES: ReadonlySet<FaultCode> = new Set([
  'runtime_error',
  'reply_invalid',
  'runtime_timeout',
]);

/** These faults do not show whether the runtime answers calls. */
const INCONCLUSIVE: ReadonlySet<FaultCode> = new Set(['runtime_crashed', 'deadline_exceeded']);

function resultOf(reply: Reply): CallResult {
  if (reply.kind === 'absent') return 'unknown';
  if (reply.kind !== 'failed') return 'answered';
  if (reply.isShared === true) return 'unknown';
  const { code } = reply.fault;
  if (FAILURES.has(code)) return 'failed';
  return INCONCLUSIVE.has(code) ? 'unknown' : 'answered';
}

/** In characters. */
const MAX_ERROR_LENGTH = 300;

/** Returns the code and the text of a failed call, as one short line. */
function describe(reply: Reply): string {
  if (reply.kind !== 'failed') return reply.kind;
  const { code, type, message } = reply.fault;
  const text = [code, type, message].filter((part) => part !== undefined).join(': ');
  return truncate(text.replaceAll(/\s+/g, ' '), MAX_ERROR_LENGTH);
}
