import { findHeader, readTraceHeaders } from '../envelope/headers.ts';
import type { Handler, Hop, Outcome } from './hop.ts';
import { defer, isRetryable, retry, type RetryPolicy } from './retry.ts';
import { reject, routeReply, type ActorRouting } from './routing.ts';
import type { Reply, Request, Runtime } from '../runtime/runtime.ts';

export interface RouterOptions {
  readonly place: ActorRouting;
  readonly policy: RetryPolicy;
  /** How long a reply may take once the call has its slot, in milliseconds. */
  readonly timeoutMs: number;
  readonly isDraining: () => boolean;
}

type Failure = Extract<Reply, { kind: 'failed' }>;

/** The innermost handler: asks the runtime, and decides by its reply. */
export function createRouter(runtime: Runtime, options: RouterOptions): Handler {
  const { place, policy } = options;

  async function route(hop: Hop): Promise<Outcome> {
    const reply = await ask(hop);
    switch (reply.kind) {
      case 'answered':
        return routeReply(hop, reply.items, place);
      case 'failed':
        return fail(hop, reply);
      case 'deferred':
        return hop.deferrals < policy.maxDeferrals
          ? defer(reply.fault, reply.afterMs, policy)
          : reject(hop, reply.fault, place, true);
      case 'absent':
        return { kind: 'give_back', reason: 'runtime_absent', message: reply.reason };
    }
  }

  function ask(hop: Hop): Promise<Reply> {
    const { envelope, attempt } = hop;
    const context = contextOf(hop);
    return runtime.call({
      envelope,
      actor: place.actor,
      attempt,
      timeoutMs: options.timeoutMs,
      context,
    });
  }

  function fail(hop: Hop, { fault, retryable }: Failure): Outcome {
    if (fault.code === 'runtime_crashed') {
      // Whoever stops the pod stops the runtime too; that says nothing against the message.
      if (options.isDraining())
        return { kind: 'give_back', reason: 'draining', message: fault.message };
      return retry(hop, fault, policy);
    }
    if (place.isEnd || retryable || isRetryable(fault, policy)) return retry(hop, fault, policy);
    return reject(hop, fault, place);
  }

  return route;
}

/**
 * The trace context that telemetry has given the hop. Without telemetry it is that of the message,
 * as it came.
 */
function contextOf({ context, envelope, delivery }: Hop): Request['context'] {
  if (Object.keys(context).length > 0) return context;
  const { trace } = envelope.headers;
  if ('traceparent' in trace) return trace;
  // Without its traceparent a tracestate belongs to no trace.
  const own = 'tracestate' in trace ? { ...trace, tracestate: undefined } : trace;
  return { ...own, ...readTraceHeaders((name) => findHeader(delivery.headers, name)) };
}
