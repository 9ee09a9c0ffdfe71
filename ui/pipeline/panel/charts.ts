import { LineChart } from 'echarts/charts';
import { init, use } from 'echarts/core';
// The component of `echarts/components` also has the axis pointer: 9 kB with gzip.
import { install as installGrid } from 'echarts/lib/component/grid/installSimple.js';
import { CanvasRenderer } from 'echarts/renderers';
import type { ChartOption } from './chartOption.ts';

/** A chart in an element, as large as the element. */
export interface Chart {
  show(option: ChartOption): void;
  dispose(): void;
}

/** The only module that imports ECharts, so that it is loaded when a panel opens. */
export function createChart(element: HTMLElement): Chart {
  use([LineChart, CanvasRenderer]);
  use(installGrid);
  const chart = init(element, null, { renderer: 'canvas', locale: 'EN' });
  const observer = new ResizeObserver(() => chart.resize());
  observer.observe(element);
  return {
    show: (option) => chart.setOption(option),
    dispose() {
      observer.disconnect();
      chart.dispose();
    },
  };
}
