import { messageOf, type Fault, type FaultCode } from '../faults.ts';
import { type Handler, type Hop, type Outcome, timeLeftMs } from '../hop/hop.ts';
import type { Layer } from '../compose.ts';
import type { Intake } from './intake.ts';
import { retry, type RetryPolicy } from '../hop/retry.ts';
import { reject, resend, type ActorRouting } from '../hop/routing.ts';

/**
 * The layers round the router: each answers for one row of what can become of a hop, or asks the
 * next.
 */

/** After the last attempt there is no other: error-end. */
export function limitAttempts(policy: RetryPolicy, place: ActorRouting): Layer<Handler> {
  return (next) => async (hop) => spend(hop, await next(hop), policy, place);
}

/** A throw means that nobody decided: another attempt, while there is one. */
export function undecided(
  policy: RetryPolicy,
  place: ActorRouting,
): (hop: Hop, error: unknown) => Outcome {
  return (hop, error) => {
    const fault: Fault = { code: 'internal_error', message: messageOf(error), cause: error };
    return spend(hop, retry(hop, fault, policy), policy, place);
  };
}

function spend(hop: Hop, outcome: Outcome, policy: RetryPolicy, place: ActorRouting): Outcome {
  if (outcome.kind !== 'retry' || outcome.deferral || outcome.alone === true) return outcome;
  return hop.attempt >= policy.maxAttempts ? reject(hop, outcome.fault, place, true) : outcome;
}

/** Whether a crash takes along other messages than the one that is at fault. */
export interface Company {
  /** The runtime has several calls at once. */
  readonly inRuntime: boolean;
  /** The sidecar has several messages in hand. */
  readonly inSidecar: boolean;
}

/**
 * A runtime that crashes takes along every call that runs in it, and a sidecar that is killed takes
 * along every message in hand: which message is at fault does not show. The last attempt of each of
 * them is therefore made alone. Only the last, or a runtime that the platform kills would have its
 * calls follow one another.
 */
export function retryAloneAfterCrash(
  company: Company,
  suspectFrom: number,
  { maxAttempts }: RetryPolicy,
): Layer<Handler> {
  /**
   * The broker's count of deliveries is no proof against a message: it includes those that were
   * given back by a process that was killed afterwards.
   */
  const mayBeInnocent = (hop: Hop, code: FaultCode): boolean => {
    if (code === 'runtime_crashed') return company.inRuntime && !isSuspect(hop, suspectFrom);
    return code === 'redelivered_too_often' && company.inSidecar && !hop.alone;
  };
  return (next) => async (hop) => {
    const outcome = await next(hop);
    if (outcome.kind !== 'retry' || hop.attempt + 1 < maxAttempts) return outcome;
    return mayBeInnocent(hop, outcome.fault.code) ? { ...outcome, alone: true } : outcome;
  };
}

function isSuspect({ delivery, alone }: Hop, suspectFrom: number): boolean {
  return alone || delivery.unsettled >= suspectFrom;
}

/** What arrives while consuming is being paused goes back: the pause had its reason. */
export function giveBackWhilePaused(intake: Intake): Layer<Handler> {
  return when(
    () => intake.reason(),
    (_, reason) => ({ kind: 'give_back', reason, message: `consuming is paused: ${reason}` }),
  );
}

/**
 * A message that was delivered again and again without being settled may kill the sidecar itself,
 * and one whose attempts ended in crashes may kill the runtime: it is handled alone, so that this
 * does not count against its neighbours.
 */
export function isolateSuspects(intake: Intake, suspectFrom: number): Layer<Handler> {
  return when(
    (hop) => intake.isolate(isSuspect(hop, suspectFrom)),
    () => ({ kind: 'give_back', reason: 'suspect', message: 'a suspect is handled alone' }),
  );
}

/**
 * Counts each further delivery of a message that was delivered too often without being settled as
 * an attempt.
 */
export function limitRedeliveries(maxRedeliveries: number, policy: RetryPolicy): Layer<Handler> {
  // A message alone may have been given back once by a process that another message killed.
  const limitOf = ({ alone }: Hop): number =>
    alone ? Math.max(2, maxRedeliveries) : maxRedeliveries;
  return when(
    (hop) => hop.delivery.unsettled >= limitOf(hop),
    (hop) => {
      const message = `delivered ${hop.delivery.unsettled} times without being settled`;
      return retry(hop, { code: 'redelivered_too_often', message }, policy);
    },
  );
}

/**
 * A message that cannot be read goes to error-end. Layers before this one must not read the
 * envelope, since it only stands for the message's bytes then.
 */
export function rejectRefused(place: ActorRouting): Layer<Handler> {
  return when(
    ({ refused }) => refused,
    (hop, fault) => reject(hop, fault, place),
  );
}

/** Sends a dispatch that could not be routed before; the runtime has answered already. */
export function sendForwarded(place: ActorRouting): Layer<Handler> {
  return when(
    ({ forward }) => forward,
    (hop, forward) => resend(hop, forward, place),
  );
}

/** Nobody waits any more for an envelope whose deadline has passed. */
export function rejectOverdue(place: ActorRouting): Layer<Handler> {
  return when(
    (hop) => timeLeftMs(hop) <= 0,
    (hop) =>
      reject(
        hop,
        { code: 'deadline_exceeded', message: 'the deadline had passed on arrival' },
        place,
      ),
  );
}

/**
 * A layer that decides by itself when its condition gives something, and asks the next otherwise.
 */
function when<T>(
  condition: (hop: Hop) => T | false | undefined,
  decide: (hop: Hop, found: T) => Outcome,
): Layer<Handler> {
  return (next) => (hop) => {
    const found = condition(hop);
    return found === undefined || found === false ? next(hop) : Promise.resolve(decide(hop, found));
  };
}
