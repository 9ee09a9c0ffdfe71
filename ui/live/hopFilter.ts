import type { Hop } from '../../src/cli/ui/hops/contract.ts';
import type { Params } from '../app/address.ts';

/** The hops to show. A hop must match each member; an empty text matches every hop. */
export interface HopFilter {
  /** The name of an actor. */
  readonly actor: string;
  readonly outcome: OutcomeFilter;
  /** A part of the id of the envelope or of the journey, in any case. */
  readonly id: string;
}

/**
 * - `failed`: failed attempts, as with `tail --failed`
 * - `retries`: attempts after the first one, and attempts that another one follows
 */
export type OutcomeFilter = 'all' | 'failed' | 'retries';

export const OUTCOME_FILTERS: readonly OutcomeFilter[] = ['all', 'failed', 'retries'];

/** Reads the filter of an address; an unknown outcome counts as `all`. */
export function parseFilter(params: URLSearchParams): HopFilter {
  const outcome = params.get('outcome');
  return {
    actor: params.get('actor') ?? '',
    outcome: OUTCOME_FILTERS.find((it) => it === outcome) ?? 'all',
    id: params.get('id') ?? '',
  };
}

/** The parameters of an address; those of the default filter are absent. */
export function formatFilter({ actor, outcome, id }: HopFilter): Params {
  return {
    actor: actor === '' ? undefined : actor,
    outcome: outcome === 'all' ? undefined : outcome,
    id: id === '' ? undefined : id,
  };
}

export function isEmptyFilter({ actor, outcome, id }: HopFilter): boolean {
  return actor === '' && outcome === 'all' && id === '';
}

/** Returns a function that reports whether a hop matches. */
export function createMatcher({ actor, outcome, id }: HopFilter): (hop: Hop) => boolean {
  const part = id.trim().toLowerCase();
  const hasPart = (text: string): boolean => text.toLowerCase().includes(part);
  return (hop) =>
    (actor === '' || hop.actor === actor) &&
    matchesOutcome(hop, outcome) &&
    (part === '' || hasPart(hop.id) || hasPart(hop.journey));
}

function matchesOutcome(hop: Hop, outcome: OutcomeFilter): boolean {
  switch (outcome) {
    case 'all':
      return true;
    case 'failed':
      return isFailed(hop);
    case 'retries':
      return hop.attempt > 1 || hop.outcome === 'retry';
  }
}

/** Whether the attempt has failed. */
export function isFailed({ code }: Hop): boolean {
  return code !== undefined;
}
