import { messageOf, type Fault } from './errors.ts';
import type { Handler, Hop, Layer, Outcome } from './hop.ts';
import type { Intake } from './intake.ts';
import { retry, type RetryPolicy } from './retry.ts';
import { deadlineFault, timeLeftMs } from './router.ts';
import { reject, sendOn, type Place } from './routing.ts';

/** The layers round the router: each answers for one row of what can become of a hop, or asks the next. */

/** After the last attempt there is no other: error-end. */
export function limitAttempts(policy: RetryPolicy, place: Place): Layer<Handler> {
  return (next) => async (hop) => spend(hop, await next(hop), policy, place);
}

/** A throw means that nobody decided: another attempt, while there is one. */
export function undecided(policy: RetryPolicy, place: Place): (hop: Hop, error: unknown) => Outcome {
  return (hop, error) => {
    const fault: Fault = { code: 'internal_error', message: messageOf(error), cause: error };
    return spend(hop, retry(hop, fault, policy), policy, place);
  };
}

function spend(hop: Hop, outcome: Outcome, policy: RetryPolicy, place: Place): Outcome {
  const spent = outcome.kind === 'retry' && !outcome.deferral && hop.attempt >= policy.maxAttempts;
  return spent ? reject(hop, outcome.fault, place, true) : outcome;
}

/** What arrives while consuming is being paused goes back: the pause had its reason. */
export function giveBackWhilePaused(intake: Intake): Layer<Handler> {
  return when(
    () => intake.reason(),
    (_, reason) => ({ kind: 'give_back', reason, message: `consuming is paused: ${reason}` }),
  );
}

/**
 * A message that was delivered again and again without being settled may kill the sidecar itself: it is handled
 * alone, so that its neighbours' deliveries do not count against them.
 */
export function isolateSuspects(intake: Intake, suspectFrom: number): Layer<Handler> {
  return when(
    ({ delivery }) => intake.isolate(delivery.unsettled >= suspectFrom),
    () => ({ kind: 'give_back', reason: 'suspect', message: 'a suspect is handled alone' }),
  );
}

/** The same, for good: each further delivery counts as an attempt. */
export function limitRedeliveries(maxRedeliveries: number, policy: RetryPolicy): Layer<Handler> {
  return when(
    ({ delivery }) => delivery.unsettled >= maxRedeliveries,
    (hop) => {
      const message = `delivered ${hop.delivery.unsettled} times without being settled`;
      return retry(hop, { code: 'redelivered_too_often', message }, policy);
    },
  );
}

/** A dispatch that could not be routed before is only sent on: the runtime has answered already. */
export function sendForwarded(place: Place): Layer<Handler> {
  return when(
    ({ forward }) => forward,
    (hop, forward) => sendOn(hop, forward, place),
  );
}

/** What the sender did wrong goes to error-end. */
export function rejectRefused(place: Place): Layer<Handler> {
  return when(
    ({ refused }) => refused,
    (hop, fault) => reject(hop, fault, place),
  );
}

/** Nobody waits any more for an envelope whose deadline has passed. */
export function rejectOverdue(place: Place): Layer<Handler> {
  return when(
    (hop) => timeLeftMs(hop) <= 0,
    (hop) => reject(hop, deadlineFault('the deadline had passed on arrival'), place),
  );
}

/** A layer that decides by itself when its condition gives something, and asks the next otherwise. */
function when<T>(
  condition: (hop: Hop) => T | false | undefined,
  decide: (hop: Hop, found: T) => Outcome,
): Layer<Handler> {
  return (next) => async (hop) => {
    const found = condition(hop);
    return found === undefined || found === false ? next(hop) : decide(hop, found);
  };
}
