import type { EChartsOption } from 'echarts';
import type { FieldJson } from '../../../test/kit/dashboards/dashboardFile.ts';
import type { TimeSeries } from '../../../test/kit/telemetry/prometheusServer.ts';
import { colorOf, lastValue, overridesOf, textOf } from './panelContent.ts';
import type { PanelContent, TimeRange } from './panelContent.ts';
import type { Size } from './renderSvg.ts';
import { tableChart } from './table.ts';

/** The table with one row per actor and one column per query. */
export function actorTableChart({ panel, series, range }: PanelContent, size: Size): EChartsOption {
  const titles =
    panel.transformations?.find(({ id }) => id === 'organize')?.options.renameByName ?? {};
  const columns = Object.entries(titles).map(([key, title]) => {
    const ofQuery = series.filter(({ refId }) => key === `Value #${refId}`);
    const values = new Map(ofQuery.map((one) => [one.metric['actor'], lastValue(one, range)]));
    const overrides = overridesOf(panel, title);
    const cell = (format: (value: number, field: FieldJson) => string) => (actor: string) => {
      const value = values.get(actor);
      return value === undefined ? '' : format(value, overrides);
    };
    const background = cell((value, field) => `${colorOf(value, field)}8c`);
    const isColored = 'custom.cellOptions' in overrides;
    return { title, values, text: cell(textOf), ...(isColored && { background }) };
  });
  const sortKey = panel.options?.sortBy?.[0]?.displayName;
  const ranks = columns.find(({ title }) => title === sortKey)?.values;
  const actors = [...new Set(series.map(({ metric }) => metric['actor'] ?? ''))].toSorted(
    (a, b) => (ranks?.get(a) ?? 0) - (ranks?.get(b) ?? 0) || a.localeCompare(b),
  );
  return tableChart([{ title: 'actor', text: (actor) => actor }, ...columns], actors, size);
}

/** The alerts (series `ALERTS` of Prometheus) at the end of the time range, firing ones first. */
export function alertTableChart(
  alerts: readonly TimeSeries[],
  range: TimeRange,
  size: Size,
): EChartsOption {
  const state = ({ metric }: TimeSeries): string => metric['alertstate'] ?? '';
  const subject = ({ metric: { actor, queue, instance, reason } }: TimeSeries): string =>
    [actor ?? queue, instance, reason].filter(Boolean).join(', ');
  return tableChart(
    [
      { title: 'alert', width: 227, text: ({ metric }) => metric['alertname'] ?? '' },
      { title: 'actor, replica', text: subject },
      { title: 'state', width: 70, text: state },
    ],
    alerts
      .filter((alert) => lastValue(alert, range) !== undefined)
      .toSorted((a, b) => state(a).localeCompare(state(b))),
    size,
  );
}
