import type { TimeSeries } from '../../../test/kit/telemetry/prometheusServer.ts';
import { FAINT, named, TEXT } from './colors.ts';
import { lastOf, type Area } from './panel.ts';
import { element, fitting, text, type Svg } from './svg.ts';

const ROW = 34;

/** @param alerts Prometheus' series `ALERTS` */
export function drawAlerts(
  alerts: readonly TimeSeries[],
  toS: number,
  { x, y, width, height }: Area,
): Svg {
  const now = alerts
    .filter((alert) => lastOf(alert, toS) !== undefined)
    .toSorted((one, other) => keyOf(one).localeCompare(keyOf(other)));
  return now
    .slice(0, Math.floor(height / ROW))
    .map(({ metric }, row) => {
      const top = y + row * ROW;
      const isFiring = metric['alertstate'] === 'firing';
      const about = [metric['actor'], metric['instance'], metric['reason']]
        .filter(Boolean)
        .join(', ');
      return [
        element('rect', {
          x: x + 8,
          y: top + 6,
          width: 8,
          height: 22,
          rx: 2,
          fill: named(isFiring ? 'red' : 'orange'),
        }),
        text(x + 26, top + 15, fitting(metric['alertname'] ?? '', width - 100), {
          fill: TEXT,
          'font-size': 13,
        }),
        text(x + 26, top + 30, fitting(about, width - 40, 11), { fill: FAINT, 'font-size': 11 }),
        text(x + width - 10, top + 15, metric['alertstate'] ?? '', {
          fill: FAINT,
          'font-size': 11,
          'text-anchor': 'end',
        }),
      ].join('');
    })
    .join('');
}

/** Firing ones first. */
function keyOf({ metric }: TimeSeries): string {
  return `${metric['alertstate']} ${metric['alertname']} ${metric['actor']}`;
}
