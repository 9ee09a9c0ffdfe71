import { findHeader, readTraceHeaders } from '../envelope/headers.ts';
import type { Reply, Request, Runtime } from '../runtime/runtime.ts';
import type { ActorRouting, Decide, Hop, Outcome } from './hop.ts';
import { reject } from './rejection.ts';
import { defer, isRetryable, postpone, repeatAlone, retry, type RetryPolicy } from './retry.ts';
import { routeReply } from './routing.ts';

export interface RouterOptions {
  readonly routing: ActorRouting;
  readonly policy: RetryPolicy;
  /** The timeout of a call, from its slot to its reply, in milliseconds. */
  readonly timeoutMs: number;
  readonly isDraining: () => boolean;
}

type Failure = Extract<Reply, { kind: 'failed' }>;

/** The innermost decision: calls the runtime and decides by its reply. */
export function createRouter(runtime: Runtime, options: RouterOptions): Decide {
  const { routing, policy, timeoutMs, isDraining } = options;

  function call(hop: Hop): Promise<Reply> {
    const { envelope, attempt } = hop;
    const { actor } = routing;
    const isLastDeferral = hop.deferrals >= policy.maxDeferrals;
    const context = contextOf(hop);
    return runtime.call({ envelope, actor, attempt, isLastDeferral, timeoutMs, context });
  }

  function decideFailure(hop: Hop, failure: Failure): Outcome {
    const { fault, retryable, isProbe, isShared } = failure;
    if (isProbe === true) return postpone(hop, fault, policy);
    if (isShared === true) return repeatAlone(hop, fault, policy);
    if (fault.code === 'runtime_crashed') {
      // The platform stops the runtime together with the sidecar; the message is not the cause.
      return isDraining() ? { kind: 'give_back', reason: 'draining' } : retry(hop, fault, policy);
    }
    const mayRetry = routing.isEnd || retryable || isRetryable(fault, policy);
    return mayRetry ? retry(hop, fault, policy) : reject(hop, fault, routing);
  }

  return async (hop) => {
    const reply = await call(hop);
    switch (reply.kind) {
      case 'answered':
        return routeReply(hop, reply.items, routing);
      case 'failed':
        return decideFailure(hop, reply);
      case 'deferred':
        return hop.deferrals < policy.maxDeferrals
          ? defer(reply.fault, reply.afterMs, policy)
          : reject(hop, reply.fault, routing, true);
      case 'absent':
        return { kind: 'give_back', reason: reply.cause ?? 'runtime_absent' };
    }
  };
}

/** The hop's trace context; without telemetry, the trace headers of the message. */
function contextOf({ traceHeaders, envelope, delivery }: Hop): Request['context'] {
  if (Object.keys(traceHeaders).length > 0) return traceHeaders;
  const { trace } = envelope.headers;
  if ('traceparent' in trace) return trace;
  // A tracestate belongs to the traceparent that it arrived with.
  const own = 'tracestate' in trace ? { ...trace, tracestate: undefined } : trace;
  return { ...own, ...readTraceHeaders((name) => findHeader(delivery.headers, name)) };
}
