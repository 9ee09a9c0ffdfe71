import { BORDER, FAINT, GRID } from './colors.ts';
import type { Area } from './panel.ts';
import { element, line, text, type Svg } from './svg.ts';
import { formatted } from './units.ts';

/** Where a time and a value lie on the page. */
export interface Axes {
  x(timeS: number): number;
  y(value: number): number;
}

export interface AxesOptions {
  readonly plot: Area;
  readonly fromS: number;
  readonly toS: number;
  readonly max: number;
}

export function createAxes({ plot, fromS, toS, max }: AxesOptions): Axes {
  return {
    x: (timeS) => plot.x + ((timeS - fromS) / (toS - fromS)) * plot.width,
    y: (value) => plot.y + plot.height - (Math.min(value, max) / max) * plot.height,
  };
}

const LABEL = { fill: FAINT, 'font-size': 11 };

/** Minutes since the beginning; nobody cares what day it was. */
export function timeAxis(axes: Axes, { plot, fromS, toS }: Omit<AxesOptions, 'max'>): Svg {
  const stepS = (toS - fromS) / 60 > 3 ? 60 : 20;
  const ticks = Array.from(
    { length: Math.floor((toS - fromS) / stepS) + 1 },
    (_, tick) => tick * stepS,
  );
  const bottom = plot.y + plot.height;
  return ticks
    .map((second) => {
      const x = axes.x(fromS + second);
      const label = `${Math.floor(second / 60)}:${String(second % 60).padStart(2, '0')}`;
      const grid = element('path', {
        d: line([
          [x, plot.y],
          [x, bottom],
        ]),
        stroke: GRID,
      });
      return grid + text(x, bottom + 15, label, { ...LABEL, 'text-anchor': 'middle' });
    })
    .join('');
}

export function valueAxis(axes: Axes, { x, width }: Area, max: number, unit: string): Svg {
  return niceTicks(max, unit)
    .map((value) => {
      const y = axes.y(value);
      const grid = element('path', {
        d: line([
          [x, y],
          [x + width, y],
        ]),
        stroke: value === 0 ? BORDER : GRID,
      });
      return grid + text(x - 6, y + 4, formatted(value, unit), { ...LABEL, 'text-anchor': 'end' });
    })
    .join('');
}

/** A few round numbers from 0 on. */
function niceTicks(max: number, unit: string): number[] {
  const scale = roundIn(max, unit);
  const rough = max / scale / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = scale * power * ([1, 2, 5].find((factor) => factor * power >= rough) ?? 10);
  return Array.from({ length: Math.floor(max / step + 1e-9) + 1 }, (_, tick) => tick * step);
}

/** What is round in minutes is not in seconds, and the same with bytes. */
function roundIn(max: number, unit: string): number {
  if (unit === 's' && max > 120) return 60;
  return unit === 'bytes' && max >= 1 ? 1024 ** Math.floor(Math.log(max) / Math.log(1024)) : 1;
}
