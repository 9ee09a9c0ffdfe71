import type { Fault } from './errors.ts';
import type { Handler, Hop, Outcome } from './hop.ts';
import { defer, isRetryable, retry, type RetryPolicy } from './retry.ts';
import { reject, routeReply, type Place } from './routing.ts';
import type { Reply, Runtime } from './runtime/runtime.ts';

export interface RouterOptions {
  readonly place: Place;
  readonly policy: RetryPolicy;
  /** How long a reply may take, in milliseconds; a deadline that is nearer counts instead. */
  readonly timeoutMs: number;
  readonly isDraining: () => boolean;
}

type Failure = Extract<Reply, { kind: 'failed' }>;

/** The innermost handler: asks the runtime, and decides by its reply. */
export function createRouter(runtime: Runtime, options: RouterOptions): Handler {
  const { place, policy } = options;

  async function route(hop: Hop): Promise<Outcome> {
    const leftMs = timeLeftMs(hop);
    const reply = await ask(hop, Math.min(options.timeoutMs, leftMs));
    switch (reply.kind) {
      case 'answered':
        return routeReply(hop, reply.items, place);
      case 'failed':
        return fail(hop, reply, leftMs < options.timeoutMs);
      case 'deferred':
        return hop.deferrals < policy.maxDeferrals
          ? defer(reply.fault, reply.afterMs, policy)
          : reject(hop, reply.fault, place, true);
      case 'absent':
        return { kind: 'give_back', reason: 'runtime_absent', message: reply.reason };
    }
  }

  function ask(hop: Hop, timeoutMs: number): Promise<Reply> {
    const { envelope, attempt } = hop;
    return runtime.call({
      envelope,
      actor: place.actor,
      attempt,
      timeoutMs,
      idempotencyKey: idempotencyKey(hop),
      context: hop.context,
    });
  }

  function fail(hop: Hop, { fault, retryable }: Failure, endsByDeadline: boolean): Outcome {
    if (fault.code === 'runtime_crashed') {
      // Whoever stops the pod stops the runtime too; that says nothing against the message.
      if (options.isDraining()) return { kind: 'give_back', reason: 'draining', message: fault.message };
      return retry(hop, fault, policy);
    }
    if (fault.code === 'runtime_timeout' && endsByDeadline) {
      return reject(hop, deadlineFault('the deadline passed during the call'), place);
    }
    if (place.isEnd || retryable || isRetryable(fault, policy)) return retry(hop, fault, policy);
    return reject(hop, fault, place);
  }

  return route;
}

/** Milliseconds until the envelope's deadline; Infinity without one. */
export function timeLeftMs({ envelope }: Hop): number {
  const { deadlineMs } = envelope.headers;
  return deadlineMs === undefined ? Number.POSITIVE_INFINITY : deadlineMs - Date.now();
}

export function deadlineFault(message: string): Fault {
  return { code: 'deadline_exceeded', message };
}

function idempotencyKey({ delivery, envelope, attempt }: Hop): string {
  return `${delivery.id ?? `${envelope.id}.${envelope.headers.hops}`}.${attempt}`;
}
