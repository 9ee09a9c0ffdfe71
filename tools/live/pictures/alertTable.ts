import type { EChartsOption } from 'echarts';
import type { TimeSeries } from '../../../test/kit/telemetry/prometheusServer.ts';
import { lastValue } from './panelContent.ts';
import type { Size } from './renderSvg.ts';
import { tableChart } from './table.ts';
import { namedColor } from './theme.ts';

/**
 * The alerts at the end of the time range, firing ones first.
 * @param alerts the series `ALERTS` of Prometheus
 */
export function alertTableChart(
  alerts: readonly TimeSeries[],
  toS: number,
  size: Size,
): EChartsOption {
  const current = alerts
    .filter((alert) => lastValue(alert, toS) !== undefined)
    .toSorted((a, b) => sortKey(a).localeCompare(sortKey(b)));
  return tableChart(
    [
      { title: 'alert', weight: 2.6 },
      { title: 'actor, replica', weight: 1.8 },
      { title: 'state', weight: 0.8 },
    ],
    current.map(({ metric }) => {
      const subject = [metric['actor'], metric['instance'], metric['reason']];
      const state = metric['alertstate'] ?? '';
      return [
        { text: metric['alertname'] ?? '' },
        { text: subject.filter(Boolean).join(', ') },
        { text: state, color: namedColor(state === 'firing' ? 'red' : 'orange') },
      ];
    }),
    size,
  );
}

function sortKey({ metric }: TimeSeries): string {
  return `${metric['alertstate']} ${metric['alertname']} ${metric['actor']}`;
}
