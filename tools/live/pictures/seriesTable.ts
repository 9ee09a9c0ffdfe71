import type { EChartsOption } from 'echarts';
import {
  colorOf,
  lastValue,
  overridesOf,
  textOf,
  type PanelContent,
  type ValueFormat,
} from './panelContent.ts';
import type { Size } from './renderSvg.ts';
import { tableChart, type TableCell } from './table.ts';
import { LINK } from './theme.ts';

/** The table with one row per actor and one column per query. */
export function seriesTableChart({ panel, series, toS }: PanelContent, size: Size): EChartsOption {
  const titles =
    panel.transformations?.find(({ id }) => id === 'organize')?.options.renameByName ?? {};
  const columns = Object.entries(titles).map(([key, title]) => ({
    title,
    refId: key.replace('Value #', ''),
    format: formatOf(overridesOf(panel, title)),
  }));
  const valueOf = (refId: string | undefined, actor: string): number | undefined => {
    const found = series.find((one) => one.refId === refId && one.metric['actor'] === actor);
    return found === undefined ? undefined : lastValue(found, toS);
  };
  const sortColumn = columns.find(
    ({ title }) => title === panel.options?.sortBy?.[0]?.displayName,
  )?.refId;
  const names = [...new Set(series.map(({ metric }) => metric['actor'] ?? ''))].toSorted();
  const actors = names.toSorted(
    (a, b) => (valueOf(sortColumn, a) ?? 0) - (valueOf(sortColumn, b) ?? 0),
  );
  return tableChart(
    [{ title: 'actor', weight: 1.3 }, ...columns.map(({ title }) => ({ title }))],
    actors.map((actor) => [
      { text: actor, color: LINK },
      ...columns.map(({ refId, format }) => cellOf(valueOf(refId, actor), format)),
    ]),
    size,
  );
}

interface CellFormat extends ValueFormat {
  readonly isColored: boolean;
}

function cellOf(value: number | undefined, format: CellFormat): TableCell {
  if (value === undefined) return { text: '' };
  const text = textOf(value, format);
  return format.isColored
    ? { text, color: '#ffffff', background: `${colorOf(value, format)}8c` }
    : { text };
}

/** The overrides have the ids of Grafana's schema. */
function formatOf(properties: Readonly<Record<string, unknown>>): CellFormat {
  const { unit, thresholds, mappings } = properties as ValueFormat;
  return {
    isColored: properties['custom.cellOptions'] !== undefined,
    ...(unit === undefined ? {} : { unit }),
    ...(thresholds === undefined ? {} : { thresholds }),
    ...(mappings === undefined ? {} : { mappings }),
  };
}
