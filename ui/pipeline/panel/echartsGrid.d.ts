declare module 'echarts/lib/component/grid/installSimple.js' {
  import type { use } from 'echarts/core';

  /** The axes and the grid, without the axis pointer. */
  export const install: Parameters<typeof use>[0];
}
