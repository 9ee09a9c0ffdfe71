import { FAULT_CODES, FAULTS } from '../../src/faults.ts';
import { anyOf, orZero, ratio, sumBy } from '../promql.ts';
import { FINISHED } from '../hopQueries.ts';
import { alert, BY_ACTOR, promqlOver, type Alert, type Group, type Recording } from './rule.ts';

/**
 * Each actor has two objectives of 99.9 %. *delivery*: finished hops that do not fail for a
 * platform reason (timeout, crash, unroutable, refused by the broker, redelivered too often,
 * internal error). *function*: finished hops that do not go to error-end for any reason. Payloads
 * that the actor code rejects count for *function* only.
 */
const OBJECTIVES = [
  { name: 'delivery', title: 'Delivery', failures: anyOf('reason', deliveryCodes()) },
  { name: 'function', title: 'Function', failures: '' },
] as const;

type Objective = (typeof OBJECTIVES)[number];

const BUDGET = 0.001;

/**
 * Burn rates of the 30-day budget, with the windows of Sloth and the SRE workbook. The long window
 * makes the alert significant; the short window ends it soon after the failures end.
 * https://sre.google/workbook/alerting-on-slos/#6-multiwindow-multi-burn-rate-alerts
 */
const PAGE = [
  { long: '1h', short: '5m', factor: 14.4 },
  { long: '6h', short: '30m', factor: 6 },
] as const;
const TICKET = [
  { long: '1d', short: '2h', factor: 3 },
  { long: '3d', short: '6h', factor: 1 },
] as const;

type Burn = (typeof PAGE | typeof TICKET)[number];

/** Long windows change slowly and are expensive, so they are evaluated less often. */
const SHORT_WINDOWS = ['5m', '30m', '1h'];
const LONG_WINDOWS = ['2h', '6h', '1d', '3d'];

export function objectiveGroups(): Group[] {
  return [
    { name: 'asya-objectives-short', interval: '1m', rules: SHORT_WINDOWS.flatMap(recordings) },
    { name: 'asya-objectives-long', interval: '5m', rules: LONG_WINDOWS.flatMap(recordings) },
    { name: 'asya-objectives', rules: OBJECTIVES.flatMap(burnAlerts) },
  ];
}

function recordings(window: string): Recording[] {
  return OBJECTIVES.map((objective) => ({
    record: recorded(objective, window),
    expr: errorRatio(objective, window),
  }));
}

function recorded({ name }: Objective, window: string): string {
  return `actor:asya_${name}_errors:ratio_rate${window}`;
}

function errorRatio({ failures }: Objective, window: string): string {
  const q = promqlOver(window);
  const decided = sumBy(BY_ACTOR, q.rate('messagesProcessed', FINISHED));
  const failed = sumBy(BY_ACTOR, q.rate('messagesFailed', ...(failures === '' ? [] : [failures])));
  return ratio(orZero(failed, decided), decided);
}

function burnAlerts(objective: Objective): Alert[] {
  const { name, title } = objective;
  const failures = `{{ $value | humanizePercentage }} of the finished hops failed`;
  return [
    alert({
      name: `Asya${title}BudgetBurn`,
      severity: 'page',
      expr: `(${burning(objective, PAGE)}) and ${hasEnoughData(objective, '1h')}`,
      for: '2m',
      summary: `{{ $labels.actor }} burns its ${name} budget fast`,
      description: `${failures}. At this rate, the 30-day error budget is used up within days.`,
    }),
    alert({
      name: `Asya${title}BudgetBurnSlow`,
      severity: 'ticket',
      expr: `(${burning(objective, TICKET)}) and ${hasEnoughData(objective, '1d')}`,
      for: '15m',
      summary: `{{ $labels.actor }} exceeds its ${name} budget`,
      description: `${failures}. At this rate, the error budget does not last for 30 days.`,
    }),
  ];
}

function burning(objective: Objective, burns: readonly Burn[]): string {
  return burns
    .map(({ long, short, factor }) => {
      const limit = Number((factor * BUDGET).toPrecision(3));
      return `(${recorded(objective, long)} > ${limit} and ${recorded(objective, short)} > ${limit})`;
    })
    .join(' or ');
}

/** Requires some traffic and failures; otherwise, one failure in a quiet night would page. */
function hasEnoughData({ failures }: Objective, window: string): string {
  const q = promqlOver(window);
  const hops = `increase(${q.select('messagesProcessed', FINISHED)}[${window}])`;
  const failed = `increase(${q.select('messagesFailed', ...(failures === '' ? [] : [failures]))}[${window}])`;
  return `${sumBy(BY_ACTOR, hops)} > 10 and ${sumBy(BY_ACTOR, failed)} > 2`;
}

function deliveryCodes(): string[] {
  return FAULT_CODES.filter((code) => FAULTS[code].objective === 'delivery');
}
