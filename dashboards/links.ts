import { DashboardLinkBuilder, DashboardLinkType } from '@grafana/grafana-foundation-sdk/dashboard';
import { chosen, type Engine } from './variables.ts';

/** Where a click on a panel leads. */
export interface Link {
  readonly title: string;
  readonly url: string;
}

/** A dashboard's own id, by which the others find it; data sources have none here. */
export const DASHBOARD_UID = {
  fleet: 'asya-fleet',
  actor: 'asya-actor',
  journeys: 'asya-journeys',
} as const;

/** What is common to all three dashboards. */
const TAG = 'asya';
export const TAGS = [TAG];

/** The other dashboards, at the top of each. */
export function siblings(): DashboardLinkBuilder {
  return new DashboardLinkBuilder('Asya')
    .type(DashboardLinkType.Dashboards)
    .tags(TAGS)
    .includeVars(true)
    .keepTime(true);
}

/** @param actor the text that Grafana replaces by the name of the actor that was clicked */
export function toActor(actor: string): Link {
  const url = `/d/${DASHBOARD_UID.actor}?var-actor=${actor}&${KEPT}`;
  return { title: 'Open this actor', url };
}

/** @param journey the text that Grafana replaces by the id of the journey that was clicked */
export function toJourney(journey: string): Link {
  return {
    title: 'Show this journey',
    url: `/d/${DASHBOARD_UID.journeys}?var-journey=${journey}&${KEPT}`,
  };
}

export function toTrace(trace: string): Link {
  return {
    title: 'Show this trace',
    url: `/d/${DASHBOARD_UID.journeys}?var-trace=${trace}&${KEPT}`,
  };
}

/** Traces that a TraceQL query finds, over the shown range, in Explore. */
export function exploreTraces(title: string, query: string): Link {
  return explore(title, 'tempo', { query, queryType: 'traceql', tableType: 'spans', limit: 50 });
}

/** Log lines that a LogQL query finds, over the shown range, in Explore. */
export function exploreLogs(title: string, expr: string): Link {
  return explore(title, 'loki', { expr, queryType: 'range' });
}

/**
 * Finds failed journeys by the hop that failed, as error-end need not have a sidecar, and, for
 * messages that the broker dead-lettered, by the hop at error-end where it has one.
 */
export const FAILED_SPANS =
  '{ span.asya.outcome =~ "error_end|retry_spent" || span.asya.end = "error-end" }';

/** The name of an actor in a graph's legend, and in a table's row. */
export const CLICKED = {
  series: '${__field.labels.actor}',
  row: '${__data.fields.actor}',
} as const;

/** What a dashboard hands on to the next one. */
const KEPT = [
  '${__url_time_range}',
  '${prometheus_datasource:queryparam}',
  '${tempo_datasource:queryparam}',
  '${loki_datasource:queryparam}',
  '${job:queryparam}',
  '${namespace:queryparam}',
].join('&');

function explore(title: string, engine: Engine, query: Readonly<Record<string, unknown>>): Link {
  const { type, uid } = chosen(engine);
  const pane = {
    datasource: uid,
    queries: [{ refId: 'A', datasource: { type, uid }, ...query }],
    range: { from: '${__from}', to: '${__to}' },
  };
  return {
    title,
    url: `/explore?schemaVersion=1&panes=${encodeKeepingVariables(JSON.stringify({ a: pane }))}`,
  };
}

/** Grafana replaces `${…}` in a link; encoded it would not see them. */
function encodeKeepingVariables(text: string): string {
  return text
    .split(/(\$\{[^}]+\})/)
    .map((part, index) => (index % 2 === 1 ? part : encodeURIComponent(part)))
    .join('');
}
