import type { Actor, Rates } from '../../../src/cli/ui/pipeline/contract.ts';
import { formatCount, formatRate } from '../../components/format.ts';
import { readinessOf } from './readiness.ts';

/** Something that a person on call should look at. */
export interface Trouble {
  /** `failure`: the actor does not work. `warning`: it works, but not well. */
  readonly level: 'failure' | 'warning';
  /** `Not ready`, `Queue grows`; it has the meaning without the detail. */
  readonly text: string;
  readonly detail?: string;
}

/** The troubles of an actor, failures first. */
export function troublesOf(actor: Actor, growthPerMinute: number | undefined): readonly Trouble[] {
  const troubles = [
    ...readinessTroubles(actor),
    ...queueTroubles(actor),
    ...errorTroubles(actor),
    ...(isStore(actor) ? [] : growthTroubles(growthPerMinute)),
  ];
  const isFailure = ({ level }: Trouble): boolean => level === 'failure';
  return [...troubles.filter(isFailure), ...troubles.filter((it) => !isFailure(it))];
}

/** Results may stay in the queue of happy-end until a tool reads them: it may grow. */
function isStore({ kind, queue, sidecars }: Actor): boolean {
  return kind === 'happy_end' && sidecars.length === 0 && (queue?.consumers ?? 0) === 0;
}

function readinessTroubles(actor: Actor): readonly Trouble[] {
  const { kind, text, reason } = readinessOf(actor);
  if (kind === 'ready' || kind === 'unknown') return [];
  const level = kind === 'partly' ? 'warning' : 'failure';
  return [{ level, text, ...(reason === undefined ? {} : { detail: reason }) }];
}

/** Ends often have no sidecar: a tool reads their queues from time to time. */
function queueTroubles({ kind, queue, sidecars }: Actor): readonly Trouble[] {
  if (queue === undefined) return [];
  // An error envelope may name an actor that was removed since.
  const level = sidecars.length > 0 ? 'failure' : 'warning';
  if (!queue.exists) return [{ level, text: 'No queue', detail: 'the broker has none' }];
  const isUnread = kind === 'actor' && queue.consumers === 0 && queue.ready > 0;
  const parked = queue.parked ?? 0;
  return [
    ...(isUnread
      ? [
          {
            level: 'failure' as const,
            text: 'No consumer',
            detail: `${formatCount(queue.ready)} messages wait`,
          },
        ]
      : []),
    ...(parked > 0 ? [{ level: 'warning' as const, text: `${formatCount(parked)} parked` }] : []),
  ];
}

/** From this share of its attempts, an actor fails rather than has errors. */
const FAILURE_SHARE = 0.5;
/** Below this share, errors are shown as a number only. */
const WARNING_SHARE = 0.01;

function errorTroubles({ kind, rates }: Actor): readonly Trouble[] {
  if (rates === undefined || kind === 'error_end') return [];
  const share = failedShare(rates);
  if (!(share >= WARNING_SHARE)) return [];
  const level = share >= FAILURE_SHARE ? 'failure' : 'warning';
  const text = `${formatPercent(share)} of attempts fail`;
  return [{ level, text, detail: `${formatRate(rates.errors + rates.retries)}/s` }];
}

/** The part of the attempts that fail, from 0 to 1; NaN without an attempt. */
export function failedShare({ hops, errors, retries }: Rates): number {
  return (errors + retries) / (hops + retries);
}

function formatPercent(share: number): string {
  const percent = share * 100;
  return `${percent < 10 ? percent.toFixed(1) : percent.toFixed(0)} %`;
}

function growthTroubles(growthPerMinute: number | undefined): readonly Trouble[] {
  if (growthPerMinute === undefined) return [];
  const detail = `+${formatCount(growthPerMinute)} per minute`;
  return [{ level: 'warning', text: 'Queue grows', detail }];
}
