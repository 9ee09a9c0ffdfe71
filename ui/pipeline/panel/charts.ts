import { LineChart } from 'echarts/charts';
import { GridComponent, TooltipComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { CanvasRenderer } from 'echarts/renderers';
import type { ChartOption } from './chartOption.ts';

/** A chart in an element, as large as the element. */
export interface Chart {
  show(option: ChartOption): void;
  dispose(): void;
}

/** The only module that imports ECharts, so that it is loaded when a panel opens. */
export function createChart(element: HTMLElement): Chart {
  use([LineChart, GridComponent, TooltipComponent, CanvasRenderer]);
  const chart = init(element, null, { renderer: 'canvas' });
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
