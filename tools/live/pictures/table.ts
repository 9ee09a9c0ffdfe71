import { BORDER, FAINT, TEXT } from './colors.ts';
import {
  colorOf,
  lastOf,
  overridden,
  textOf,
  type Area,
  type Field,
  type FilledPanel,
} from './panel.ts';
import { element, fitting, line, text, type Svg } from './svg.ts';

const ROW = 34;

/** A row for each actor, a column for each query. */
export function drawTable({ panel, series, toS }: FilledPanel, { x, y, width }: Area): Svg {
  const titles =
    panel.transformations?.find(({ id }) => id === 'organize')?.options.renameByName ?? {};
  const columns = Object.entries(titles).map(([key, title]) => ({
    title,
    refId: key.replace('Value #', ''),
    field: fieldOf(overridden(panel, title)),
  }));
  const valueOf = (refId: string | undefined, actor: string): number | undefined => {
    const found = series.find((one) => one.refId === refId && one.metric['actor'] === actor);
    return found === undefined ? undefined : lastOf(found, toS);
  };
  const sortedBy = columns.find(
    ({ title }) => title === panel.options?.sortBy?.[0]?.displayName,
  )?.refId;
  const names = [...new Set(series.map(({ metric }) => metric['actor'] ?? ''))].toSorted();
  const actors = names.toSorted(
    (a, b) => (valueOf(sortedBy, a) ?? 0) - (valueOf(sortedBy, b) ?? 0),
  );
  const cell = width / (columns.length + 1.4);
  const left = (column: number): number => x + cell * (column + 1.4);
  const head = columns.map(({ title }, column) =>
    text(left(column) + 8, y + 22, title, { fill: FAINT, 'font-size': 12 }),
  );
  const rows = actors.map((actor, row) => {
    const top = y + ROW * (row + 1);
    const values = columns.map(({ refId, field }, column) => {
      const value = valueOf(refId, actor);
      return value === undefined
        ? ''
        : drawCell(value, field, { x: left(column), y: top, width: cell, height: ROW });
    });
    const border = element('path', {
      d: line([
        [x, top],
        [x + width, top],
      ]),
      stroke: BORDER,
    });
    return (
      border +
      text(x + 8, top + 22, fitting(actor, cell * 1.4), { fill: '#6e9fff', 'font-size': 13 }) +
      values.join('')
    );
  });
  return [...head, ...rows].join('');
}

interface CellField extends Field {
  readonly isColored: boolean;
}

function drawCell(value: number, field: CellField, { x, y, width, height }: Area): Svg {
  const content = text(x + 8, y + 22, textOf(value, field), {
    fill: field.isColored ? '#fff' : TEXT,
    'font-size': 13,
  });
  if (!field.isColored) return content;
  const fill = colorOf(value, field);
  return (
    element('rect', {
      x,
      y: y + 1,
      width: width - 2,
      height: height - 2,
      fill,
      'fill-opacity': 0.55,
    }) + content
  );
}

function fieldOf(properties: Readonly<Record<string, unknown>>): CellField {
  const { unit, thresholds, mappings } = properties as Field; // as Grafana's schema has them, by the ids of properties
  return {
    isColored: properties['custom.cellOptions'] !== undefined,
    ...(unit === undefined ? {} : { unit }),
    ...(thresholds === undefined ? {} : { thresholds }),
    ...(mappings === undefined ? {} : { mappings }),
  };
}
