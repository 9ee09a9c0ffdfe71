import type { PauseReason } from '../hop/pauseReason.ts';
import type { RuntimeState } from '../runtime/runtime.ts';
import type { TransportState } from '../transport/transport.ts';

/** Why a hop is held: what it has ready to send cannot be handed over for now. */
export type HoldReason = 'unconfirmed' | 'lost' | 'unroutable' | 'refused';

/**
 * What a person asks at 3 a.m.: what is wrong right now? Written by the parts, read by `/readyz`
 * and metrics.
 */
export interface Health {
  transport: TransportState;
  runtime: RuntimeState;
  draining: boolean;
  readonly paused: Set<PauseReason>;
  /**
   * The number of hops held, by reason; a reason that nobody has any more counts 0 or is absent.
   */
  readonly held: Map<HoldReason, number>;
}

export function createHealth(): Health {
  return {
    transport: { connected: false, blocked: false, missing: [] },
    runtime: { ready: false, reason: 'not asked yet' },
    draining: false,
    // Nothing is consumed before the runtime has answered.
    paused: new Set(['runtime_absent']),
    held: new Map(),
  };
}

/** Everything that keeps the sidecar from being ready, one sentence each; empty when it is. */
export function problemsOf({ transport, runtime, draining, held }: Health): string[] {
  const problems: string[] = [];
  if (draining) problems.push('draining');
  if (!transport.connected) problems.push(`broker: not connected${reasonIn(transport)}`);
  if (transport.blocked) problems.push('broker: blocked, it takes no publishes');
  for (const missing of transport.missing) problems.push(`broker: ${missing}`);
  if (!runtime.ready) problems.push(`runtime: ${runtime.reason}`);
  for (const [reason, count] of held) {
    if (count > 0)
      problems.push(`held: ${count} ${count === 1 ? 'envelope' : 'envelopes'} (${reason})`);
  }
  return problems;
}

function reasonIn({ disconnect }: TransportState): string {
  return disconnect === undefined ? '' : ` (${disconnect.reason})`;
}
