import type { Journey } from '../../src/cli/ui/journey/contract.ts';
import type { Links } from '../../src/cli/ui/server/contract.ts';

export interface BackendLink {
  readonly text: string;
  readonly href: string;
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
/** The data source of the example configuration in `dashboards/provisioning`. */
const DEFAULT_TEMPO_UID = 'tempo';
const MAX_TRACES = 3;

/** The addresses of a journey in the tools of `--jaeger`, `--tempo` and `--grafana`. */
export function backendLinks(
  { id, traceIds, start, durationMs }: Pick<Journey, 'id' | 'traceIds' | 'start' | 'durationMs'>,
  { jaeger, tempo, grafana, tempoUid = DEFAULT_TEMPO_UID }: Links,
): readonly BackendLink[] {
  const range = timeRange(start, durationMs);
  // The newest trace of a journey is that of its last replay.
  const traces = traceIds.slice(-MAX_TRACES);
  const each = (name: string, hrefOf: (traceId: string) => string): readonly BackendLink[] =>
    traces.map((traceId) => ({
      text: traces.length === 1 ? name : `${name} ${traceId.slice(0, 7)}`,
      href: hrefOf(encodeURIComponent(traceId)),
    }));
  return [
    ...(grafana === undefined
      ? []
      : [
          { text: 'Grafana dashboard', href: dashboardUrl(grafana, id, range) },
          ...each('Grafana trace', (trace) => exploreUrl(grafana, trace, tempoUid, range)),
        ]),
    ...(jaeger === undefined ? [] : each('Jaeger', (trace) => `${jaeger}/trace/${trace}`)),
    ...(tempo === undefined ? [] : each('Tempo (JSON)', (trace) => `${tempo}/api/traces/${trace}`)),
  ].filter(({ href }) => isWebAddress(href));
}

interface TimeRange {
  readonly from: string;
  readonly to: string;
}

/** A minute before and after the journey; the last hour if its time is unknown. */
function timeRange(start: string | undefined, durationMs: number): TimeRange {
  const startMs = Date.parse(start ?? '');
  if (Number.isNaN(startMs)) return { from: 'now-1h', to: 'now' };
  return {
    from: String(Math.floor(startMs - MINUTE)),
    to: String(Math.ceil(startMs + durationMs + MINUTE)),
  };
}

/** The dashboard Journeys of this repository, and its variable. */
function dashboardUrl(grafana: string, journey: string, range: TimeRange): string {
  const query = new URLSearchParams({ 'var-journey': journey, ...range });
  return `${grafana}/d/asya-journeys?${query.toString()}`;
}

/** The parameters of Grafana 10 and later, as in `dashboards/links.ts`. */
function exploreUrl(grafana: string, query: string, uid: string, range: TimeRange): string {
  const datasource = { type: 'tempo', uid };
  const queries = [{ refId: 'A', datasource, query, queryType: 'traceql' }];
  const panes = JSON.stringify({ a: { datasource: uid, queries, range } });
  return `${grafana}/explore?${new URLSearchParams({ schemaVersion: '1', panes }).toString()}`;
}

function isWebAddress(href: string): boolean {
  const url = URL.parse(href);
  return url !== null && (url.protocol === 'http:' || url.protocol === 'https:');
}
