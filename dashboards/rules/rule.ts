import { createPromql, type Promql } from '../promql.ts';

/** What Prometheus evaluates, in the shape of its file. */
export interface Group {
  readonly name: string;
  readonly interval?: string;
  readonly rules: readonly Rule[];
}

export type Rule = Recording | Alert;

export interface Recording {
  readonly record: string;
  readonly expr: string;
}

export interface Alert {
  readonly alert: string;
  readonly expr: string;
  /** How long it must hold. */
  readonly for?: string;
  /** How long it goes on after it stopped to hold. */
  readonly keep_firing_for?: string;
  readonly labels: { readonly severity: Severity; readonly [label: string]: string };
  readonly annotations: {
    readonly summary: string;
    readonly description: string;
    readonly runbook_url: string;
  };
}

/** `page`: somebody gets up for it. `ticket`: somebody looks at it on the next working day. */
export type Severity = 'page' | 'ticket';

/** What an alert says beside its condition. */
export interface AlertOptions {
  readonly name: string;
  readonly severity: Severity;
  readonly expr: string;
  readonly for?: string;
  readonly keepFiringFor?: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** One line; names whom it is about. */
  readonly summary: string;
  /** What it means, with numbers. */
  readonly description: string;
}

/** Where a person reads on; replace it by where your copy of that page stands. */
const RUNBOOK = 'docs/runbook.md';

export function alert(text: AlertOptions): Alert {
  const { name, severity, expr, labels = {}, summary, description, keepFiringFor } = text;
  return {
    alert: name,
    expr: wrapExpression(expr),
    ...(text.for === undefined ? {} : { for: text.for }),
    ...(keepFiringFor === undefined ? {} : { keep_firing_for: keepFiringFor }),
    labels: { severity, ...labels },
    annotations: { summary, description, runbook_url: `${RUNBOOK}#${name.toLowerCase()}` },
  };
}

/** The condition in lines, one for each part that is joined to the others. */
function wrapExpression(expr: string): string {
  let depth = 0;
  return expr
    .split(/ (?=(?:and|or|unless) )/)
    .map((part, index) => {
      const line = index === 0 ? part : `${depth > 1 ? ' ' : `\n${'  '.repeat(depth)}`}${part}`;
      depth += part.split('(').length - part.split(')').length;
      return line;
    })
    .join('');
}

/**
 * One actor of one installation; a label that an installation does not have is empty, and does no
 * harm.
 */
export const BY_ACTOR = ['namespace', 'job', 'actor'] as const;

/** @param window must hold at least two scrapes */
export function promqlOver(window: string): Promql {
  return createPromql({ matchers: [], window });
}

/**
 * How often a counter rose, also when it began with its first event: `increase` misses that one. A
 * counter that was there within the day before the window has not begun in it, even if nobody
 * scraped it just then.
 * @param counter a selector
 */
export function increased(by: readonly string[], counter: string, window: string): string {
  const sum = (expr: string): string => `sum by (${by.join(', ')}) (${expr})`;
  const risen = sum(`increase(${counter}[${window}])`);
  const begun = sum(`${counter} unless last_over_time(${counter}[1d] offset ${window})`);
  return `(${begun} > 0) or (${risen} > 0)`;
}
