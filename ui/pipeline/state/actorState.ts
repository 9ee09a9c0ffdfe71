import type { Actor, Pipeline } from '../../../src/cli/ui/pipeline/contract.ts';
import type { DepthTrends } from './depthTrends.ts';
import { readinessOf, type Readiness } from './readiness.ts';
import { troublesOf, type Trouble } from './troubles.ts';

/** An actor with what the page concludes from its numbers. */
export interface ActorState {
  readonly actor: Actor;
  readonly readiness: Readiness;
  /** Failures first. */
  readonly troubles: readonly Trouble[];
  /** Messages by which its queue grows per minute; undefined unless it grows steadily. */
  readonly growthPerMinute: number | undefined;
}

export function actorStates({ actors }: Pipeline, trends: DepthTrends): readonly ActorState[] {
  return actors.map((actor) => {
    const growthPerMinute = trends.growthPerMinute(actor.name);
    const troubles = troublesOf(actor, growthPerMinute);
    return { actor, readiness: readinessOf(actor), troubles, growthPerMinute };
  });
}

/** The worst level of an actor's troubles; undefined without troubles. */
export function levelOf({ troubles }: ActorState): Trouble['level'] | undefined {
  return troubles[0]?.level;
}

/** Failed attempts per second, retried or not; undefined if it is not known. */
export function failedRate({ rates }: Actor): number | undefined {
  return rates === undefined ? undefined : rates.errors + rates.retries;
}

/** Which actors the page shows. */
export interface ActorFilter {
  /** A part of the name, in any case. */
  readonly name: string;
  readonly isTroubledOnly: boolean;
}

export function matches(state: ActorState, { name, isTroubledOnly }: ActorFilter): boolean {
  const isNamed = state.actor.name.toLowerCase().includes(name.trim().toLowerCase());
  return isNamed && (!isTroubledOnly || state.troubles.length > 0);
}
