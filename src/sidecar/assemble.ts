import { readHopAtErrorEnd } from '../hop/failure/errorEnd.ts';
import type { Health } from './health.ts';
import { readHop, type Handler, type HopProcessor } from '../hop/hop.ts';
import { compose, type Layer } from '../compose.ts';
import { createIntake } from './intake.ts';
import {
  giveBackWhilePaused,
  isolateSuspects,
  limitAttempts,
  limitRedeliveries,
  rejectOverdue,
  rejectRefused,
  retryAloneAfterCrash,
  sendForwarded,
  undecided,
} from './layers.ts';
import type { Log } from '../log.ts';
import { joinRedeliveries } from './redeliveries.ts';
import type { RetryPolicy } from '../hop/retry.ts';
import { createRouter } from '../hop/router.ts';
import type { ActorRouting } from '../hop/routing.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { createSettle } from './settle.ts';
import { createSidecar, type Sidecar } from './sidecar.ts';
import type { Transport } from '../transport/transport.ts';
import { createHopProcessor } from './processHop.ts';

export interface Parts {
  readonly transport: Transport;
  readonly runtime: Runtime;
  readonly health: Health;
  readonly log: Log;
  /** Layers round the whole hop, from the outside: telemetry. */
  readonly around: readonly Layer<HopProcessor>[];
  /** Gives back what waits for the runtime and has not reached it. */
  readonly turnAway: () => void;
  /** Aborts when the process lets go of what it holds. */
  readonly closed: AbortSignal;
}

export interface Settings {
  readonly place: ActorRouting;
  readonly policy: RetryPolicy;
  readonly prefetch: number;
  /** How many calls may run in the runtime at once. */
  readonly concurrency: number;
  readonly maxNesting: number;
  readonly maxRedeliveries: number;
  readonly runtimeTimeoutMs: number;
}

/**
 * Unsettled deliveries from which on a message is suspected of killing the sidecar: two before they
 * are too many, so that neighbours, which cannot be told apart at first, stay below that.
 */
function suspectFrom(maxRedeliveries: number): number {
  return Math.max(1, Math.min(3, maxRedeliveries - 2));
}

/** Puts a sidecar together; the lists are in the order in which a message meets them. */
export function assemble(parts: Parts, settings: Settings): Sidecar {
  const { transport, runtime, health, log, turnAway, closed } = parts;
  const { place, policy, prefetch, concurrency, maxNesting, maxRedeliveries } = settings;
  const suspectedFrom = suspectFrom(maxRedeliveries);
  const company = { inRuntime: Math.min(prefetch, concurrency) > 1, inSidecar: prefetch > 1 };

  const intake = createIntake({
    receive: (count, signal) =>
      transport.receive(place.actor, (it) => sidecar.take(it), { prefetch: count, signal }),
    prefetch,
    health,
    log,
    turnAway,
  });
  const handle = compose<Handler>(
    [
      limitAttempts(policy, place),
      retryAloneAfterCrash(company, suspectedFrom, policy),
      giveBackWhilePaused(intake),
      isolateSuspects(intake, suspectedFrom),
      limitRedeliveries(maxRedeliveries, policy),
      rejectRefused(place),
      sendForwarded(place),
      rejectOverdue(place),
    ],
    createRouter(runtime, {
      place,
      policy,
      timeoutMs: settings.runtimeTimeoutMs,
      isDraining: () => health.draining,
    }),
  );
  const settle = createSettle({
    transport,
    place,
    policy,
    intake,
    health,
    log,
    maxNesting,
    closed,
  });
  const work = compose<HopProcessor>(
    [...parts.around, joinRedeliveries(settle)],
    createHopProcessor({ handle, settle, undecided: undecided(policy, place), log, closed }),
  );
  const readOptions = { actor: place.actor, isEnd: place.isEnd, maxNesting };
  const readHopHere = place.actor === place.errorEnd ? readHopAtErrorEnd : readHop;
  const sidecar = createSidecar({
    read: (delivery) => readHopHere(delivery, readOptions),
    work,
    intake,
    health,
    log,
  });
  return sidecar;
}
