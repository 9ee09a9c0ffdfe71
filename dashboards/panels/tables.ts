import {
  TableCellBackgroundDisplayMode,
  TableCellDisplayMode,
} from '@grafana/grafana-foundation-sdk/common';
import {
  PanelBuilder as AnyPanel,
  type DynamicConfigValue,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder as Logs } from '@grafana/grafana-foundation-sdk/logs';
import {
  EdgeOptionsBuilder,
  NodeOptionsBuilder,
  PanelBuilder as NodeGraph,
} from '@grafana/grafana-foundation-sdk/nodegraph';
import { PanelBuilder as Table } from '@grafana/grafana-foundation-sdk/table';
import {
  draw,
  mappings,
  thresholds,
  type Drawing,
  type Limits,
  type Panel,
  type States,
} from './panel.ts';
import type { Link } from '../links.ts';
import { rows, spans } from './queries.ts';

/** One column: a query with one value for each row. */
export interface Column {
  readonly title: string;
  readonly expr: string;
  readonly unit: string;
  readonly limits?: Limits;
  readonly states?: States;
}

export interface RowTable extends Omit<Drawing, 'targets' | 'unit'> {
  /** The labels that tell the rows apart; the first one is what links go from. */
  readonly by: readonly [string, ...string[]];
  readonly columns: readonly Column[];
  /** The column whose small values come first. */
  readonly sortBy: string;
}

/** One row for each actor, say, with a column for each query. */
export function rowTable(drawing: RowTable): Panel {
  const { by, columns, links = [] } = drawing;
  const keys = columns.map((_, index) => `q${index}`);
  const renamed = columns.map(({ title }, index) => [`Value #${keys[index]}`, title]);
  const order = [...by, ...renamed.map(([from]) => from)].map((name, index) => [name, index]);
  const panel = draw(new Table(), {
    ...drawing,
    unit: 'short',
    links: [],
    targets: columns.map(({ expr }, index) => rows(`q${index}`, expr)),
  })
    .withTransformation({ id: 'merge', options: {} })
    .withTransformation({
      id: 'organize',
      options: {
        excludeByName: { Time: true },
        indexByName: Object.fromEntries(order),
        renameByName: Object.fromEntries(renamed),
      },
    })
    .overrideByName(by[0], [linked(links)]);
  for (const column of columns) panel.overrideByName(column.title, columnProperties(column));
  return sorted(panel, drawing.sortBy, false);
}

export interface SpanTable extends Omit<Drawing, 'targets' | 'unit' | 'from'> {
  /** TraceQL; each attribute that it selects is a column. */
  readonly query: string;
  /** By column. */
  readonly units?: Readonly<Record<string, string>>;
  /** By column. */
  readonly linked?: Readonly<Record<string, readonly Link[]>>;
  readonly sortBy?: string;
}

/** One row for each span that a TraceQL query finds. */
export function spanTable(drawing: SpanTable): Panel {
  const { query, units = {}, linked: links = {}, sortBy } = drawing;
  const panel = draw(new Table(), {
    ...drawing,
    from: 'tempo',
    unit: 'string',
    targets: [spans(query)],
  });
  for (const [name, unit] of Object.entries(units))
    panel.overrideByName(name, [{ id: 'unit', value: unit }]);
  for (const [name, to] of Object.entries(links)) panel.overrideByName(name, [linked(to)]);
  if (sortBy === undefined) return panel;
  return sorted(panel, sortBy, true);
}

function sorted(panel: Table, displayName: string, desc: boolean): Table {
  return panel.sortBy([{ build: () => ({ displayName, desc }) }]);
}

/** Who sends to whom: `nodes` by the labels id and title, `edges` by id, source and target. */
export function flow(
  drawing: Omit<Drawing, 'targets'> & { readonly nodes: string; readonly edges: string },
): Panel {
  const { nodes, edges, unit } = drawing;
  return (
    draw(new NodeGraph(), { ...drawing, targets: [rows('nodes', nodes), rows('edges', edges)] })
      .nodes(new NodeOptionsBuilder().mainStatUnit(unit))
      .edges(new EdgeOptionsBuilder().mainStatUnit(unit))
      // With two queries the values are called after them; the panel knows them by this name.
      .withTransformation({
        id: 'renameByRegex',
        options: { regex: '^Value.*$', renamePattern: 'mainstat' },
      })
  );
}

export function logs(drawing: Omit<Drawing, 'unit' | 'from'>): Panel {
  return draw(new Logs(), { ...drawing, from: 'loki', unit: 'string' })
    .showTime(true)
    .wrapLogMessage(true)
    .enableLogDetails(true);
}

/** A whole trace. The SDK has no builder for this panel. */
export function wholeTrace(drawing: Omit<Drawing, 'unit' | 'from'>): Panel {
  return draw(new AnyPanel(), { ...drawing, from: 'tempo', unit: 'string' }).type('traces');
}

/** The alerts that fire or may soon. The SDK has no builder for this panel. */
export function alerts(drawing: Omit<Drawing, 'unit' | 'targets'>, filter: string): Panel {
  return draw(new AnyPanel(), { ...drawing, unit: 'short', targets: [] })
    .type('alertlist')
    .options({
      viewMode: 'list',
      groupMode: 'default',
      maxItems: 20,
      sortOrder: 1,
      alertName: '',
      alertInstanceLabelFilter: filter,
      stateFilter: { firing: true, pending: true, noData: false, normal: false, error: true },
    });
}

function columnProperties({ unit, limits, states }: Column): DynamicConfigValue[] {
  const properties: DynamicConfigValue[] = [{ id: 'unit', value: unit }];
  if (limits !== undefined)
    properties.push({ id: 'thresholds', value: thresholds(limits).build() }, COLORED);
  if (states !== undefined) properties.push({ id: 'mappings', value: mappings(states) }, COLORED);
  return properties;
}

const COLORED: DynamicConfigValue = {
  id: 'custom.cellOptions',
  value: { type: TableCellDisplayMode.ColorBackground, mode: TableCellBackgroundDisplayMode.Basic },
};

function linked(links: readonly Link[]): DynamicConfigValue {
  return { id: 'links', value: links };
}
