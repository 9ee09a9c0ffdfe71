import { DashboardLinkBuilder, DashboardLinkType } from '@grafana/grafana-foundation-sdk/dashboard';
import { dataSourceRef, type DataSourceType } from './variables.ts';

/** A link that Grafana offers when a user clicks a data point, a cell or a panel. */
export interface Link {
  readonly title: string;
  readonly url: string;
}

/** The fixed ids of the dashboards, which links between them use. */
export const DASHBOARD_UID = {
  fleet: 'asya-fleet',
  actor: 'asya-actor',
  journeys: 'asya-journeys',
} as const;

/** The tag of all three dashboards. */
const TAG = 'asya';
export const TAGS = [TAG];

/** The menu of the other dashboards, at the top of each dashboard. */
export function dashboardLinks(): DashboardLinkBuilder {
  return new DashboardLinkBuilder('Asya')
    .type(DashboardLinkType.Dashboards)
    .tags(TAGS)
    .includeVars(true)
    .keepTime(true);
}

/** @param actor the variable that Grafana replaces with the name of the clicked actor */
export function actorLink(actor: string): Link {
  const url = `/d/${DASHBOARD_UID.actor}?var-actor=${actor}&${PRESERVED_PARAMETERS}`;
  return { title: 'Open this actor', url };
}

/** @param journey the variable that Grafana replaces with the id of the clicked journey */
export function journeyLink(journey: string): Link {
  return {
    title: 'Show this journey',
    url: `/d/${DASHBOARD_UID.journeys}?var-journey=${journey}&${PRESERVED_PARAMETERS}`,
  };
}

/** @param trace the variable that Grafana replaces with the id of the clicked trace */
export function traceLink(trace: string): Link {
  return {
    title: 'Show this trace',
    url: `/d/${DASHBOARD_UID.journeys}?var-trace=${trace}&${PRESERVED_PARAMETERS}`,
  };
}

/** Opens the result of a TraceQL query in Explore, for the selected time range. */
export function exploreTracesLink(title: string, query: string): Link {
  return explore(title, 'tempo', { query, queryType: 'traceql', tableType: 'spans', limit: 50 });
}

/** Opens the result of a LogQL query in Explore, for the selected time range. */
export function exploreLogsLink(title: string, expr: string): Link {
  return explore(title, 'loki', { expr, queryType: 'range' });
}

/**
 * Finds failed journeys by the hop that failed, because error-end need not have a sidecar. Messages
 * that the broker dead-lettered have no such hop; they are found by their hop at error-end, if any.
 */
export const FAILED_SPANS =
  '{ span.asya.outcome =~ "error_end|retry_spent" || span.asya.end = "error-end" }';

/** The actor of the clicked series, and of the clicked table row. */
export const CLICKED = {
  series: '${__field.labels.actor}',
  row: '${__data.fields.actor}',
} as const;

/** URL parameters that carry the current selection to the linked dashboard. */
const PRESERVED_PARAMETERS = [
  '${__url_time_range}',
  '${prometheus_datasource:queryparam}',
  '${tempo_datasource:queryparam}',
  '${loki_datasource:queryparam}',
  '${job:queryparam}',
  '${namespace:queryparam}',
].join('&');

function explore(
  title: string,
  engine: DataSourceType,
  query: Readonly<Record<string, unknown>>,
): Link {
  const { type, uid } = dataSourceRef(engine);
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

/** Encodes a link except for `${…}`, which Grafana must still recognize. */
function encodeKeepingVariables(text: string): string {
  return text
    .split(/(\$\{[^}]+\})/)
    .map((part, index) => (index % 2 === 1 ? part : encodeURIComponent(part)))
    .join('');
}
