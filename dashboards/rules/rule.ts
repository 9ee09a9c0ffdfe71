import { createPromql, type Promql } from '../promql.ts';

/** A rule group, in the format of a Prometheus rules file. */
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
  /** How long the condition must hold before the alert fires. */
  readonly for?: string;
  /** How long the alert keeps firing after the condition ends. */
  readonly keep_firing_for?: string;
  readonly labels: { readonly severity: Severity; readonly [label: string]: string };
  readonly annotations: {
    readonly summary: string;
    readonly description: string;
    readonly runbook_url: string;
  };
}

/** `page` needs immediate action; `ticket` can wait for the next working day. */
export type Severity = 'page' | 'ticket';

export interface AlertOptions {
  readonly name: string;
  readonly severity: Severity;
  readonly expr: string;
  readonly for?: string;
  readonly keepFiringFor?: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** One line that names the affected actor or replica. */
  readonly summary: string;
  /** Explains the consequences, with values. */
  readonly description: string;
}

/** Replace it with the URL of your copy of the page. */
const RUNBOOK = 'docs/runbook.md';

export function alert(options: AlertOptions): Alert {
  const { name, severity, expr, labels = {}, summary, description, keepFiringFor } = options;
  return {
    alert: name,
    expr: wrapExpression(expr),
    ...(options.for === undefined ? {} : { for: options.for }),
    ...(keepFiringFor === undefined ? {} : { keep_firing_for: keepFiringFor }),
    labels: { severity, ...labels },
    annotations: { summary, description, runbook_url: `${RUNBOOK}#${name.toLowerCase()}` },
  };
}

/** Breaks an expression before `and`, `or` and `unless`. */
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

/** Identifies an actor of an installation. A label that an installation lacks is empty. */
export const BY_ACTOR = ['namespace', 'job', 'actor'] as const;

/** @param window a range that spans at least two scrapes */
export function promqlOver(window: string): Promql {
  return createPromql({ matchers: [], window });
}

/**
 * Matches if a counter increased, including its first event, which `increase` misses when the
 * series begins with it. A series that existed within the day before the window did not begin in
 * the window, even if scrapes failed in between.
 * @param counter a selector
 */
export function increased(by: readonly string[], counter: string, window: string): string {
  const sum = (expr: string): string => `sum by (${by.join(', ')}) (${expr})`;
  const increase = sum(`increase(${counter}[${window}])`);
  const started = sum(`${counter} unless last_over_time(${counter}[1d] offset ${window})`);
  return `(${started} > 0) or (${increase} > 0)`;
}
