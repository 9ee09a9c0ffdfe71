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
  configure,
  valueMappings,
  thresholdSteps,
  type PanelOptions,
  type Thresholds,
  type Panel,
  type StateMapping,
} from './panel.ts';
import type { Link } from '../links.ts';
import { tableQuery, spanQuery } from './queries.ts';

/** One column of a `seriesTable`: a query that returns one value for each row. */
export interface Column {
  readonly title: string;
  readonly expr: string;
  readonly unit: string;
  readonly thresholds?: Thresholds;
  readonly states?: StateMapping;
}

export interface SeriesTableOptions extends Omit<PanelOptions, 'targets' | 'unit'> {
  /** The labels that identify a row. The cells of the first one carry the links. */
  readonly by: readonly [string, ...string[]];
  readonly columns: readonly Column[];
  /** The title of the column by which rows are sorted, in ascending order. */
  readonly sortBy: string;
}

/** A table with one row for each combination of labels and one column for each query. */
export function seriesTable(options: SeriesTableOptions): Panel {
  const { by, columns, links = [] } = options;
  const keys = columns.map((_, index) => `q${index}`);
  const renamed = columns.map(({ title }, index) => [`Value #${keys[index]}`, title]);
  const order = [...by, ...renamed.map(([from]) => from)].map((name, index) => [name, index]);
  const panel = configure(new Table(), {
    ...options,
    unit: 'short',
    links: [],
    targets: columns.map(({ expr }, index) => tableQuery(`q${index}`, expr)),
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
    .overrideByName(by[0], [linksOf(links)]);
  for (const column of columns) panel.overrideByName(column.title, columnProperties(column));
  return sorted(panel, options.sortBy, false);
}

export interface SpanTableOptions extends Omit<PanelOptions, 'targets' | 'unit' | 'dataSource'> {
  /** A TraceQL query. Each selected attribute is a column. */
  readonly query: string;
  /** The units of columns, by attribute. */
  readonly units?: Readonly<Record<string, string>>;
  /** The links of columns, by attribute. */
  readonly columnLinks?: Readonly<Record<string, readonly Link[]>>;
  /** The column by which rows are sorted, in descending order. */
  readonly sortBy?: string;
}

/** A table with one row for each span that a TraceQL query finds. */
export function spanTable(options: SpanTableOptions): Panel {
  const { query, units = {}, columnLinks = {}, sortBy } = options;
  const panel = configure(new Table(), {
    ...options,
    dataSource: 'tempo',
    unit: 'string',
    targets: [spanQuery(query)],
  });
  for (const [name, unit] of Object.entries(units))
    panel.overrideByName(name, [{ id: 'unit', value: unit }]);
  for (const [name, to] of Object.entries(columnLinks)) panel.overrideByName(name, [linksOf(to)]);
  if (sortBy === undefined) return panel;
  return sorted(panel, sortBy, true);
}

function sorted(panel: Table, displayName: string, desc: boolean): Table {
  return panel.sortBy([{ build: () => ({ displayName, desc }) }]);
}

/**
 * A graph of senders and receivers. The series of `nodes` have the labels id and title; those of
 * `edges` have id, source and target.
 */
export function nodeGraph(
  options: Omit<PanelOptions, 'targets'> & { readonly nodes: string; readonly edges: string },
): Panel {
  const { nodes, edges, unit } = options;
  return (
    configure(new NodeGraph(), {
      ...options,
      targets: [tableQuery('nodes', nodes), tableQuery('edges', edges)],
    })
      .nodes(new NodeOptionsBuilder().mainStatUnit(unit))
      .edges(new EdgeOptionsBuilder().mainStatUnit(unit))
      // With two queries, Grafana names the value fields after the queries; the panel reads
      // `mainstat`.
      .withTransformation({
        id: 'renameByRegex',
        options: { regex: '^Value.*$', renamePattern: 'mainstat' },
      })
  );
}

export function logsPanel(options: Omit<PanelOptions, 'unit' | 'dataSource'>): Panel {
  return configure(new Logs(), { ...options, dataSource: 'loki', unit: 'string' })
    .showTime(true)
    .wrapLogMessage(true)
    .enableLogDetails(true);
}

/** The spans of one trace. The SDK has no builder for this panel. */
export function tracePanel(options: Omit<PanelOptions, 'unit' | 'dataSource'>): Panel {
  return configure(new AnyPanel(), { ...options, dataSource: 'tempo', unit: 'string' }).type(
    'traces',
  );
}

/** Firing and pending alerts. The SDK has no builder for this panel. */
export function alertList(options: Omit<PanelOptions, 'unit' | 'targets'>, filter: string): Panel {
  return configure(new AnyPanel(), { ...options, unit: 'short', targets: [] })
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

function columnProperties({ unit, thresholds, states }: Column): DynamicConfigValue[] {
  const properties: DynamicConfigValue[] = [{ id: 'unit', value: unit }];
  if (thresholds !== undefined)
    properties.push(
      { id: 'thresholds', value: thresholdSteps(thresholds).build() },
      COLORED_BACKGROUND,
    );
  if (states !== undefined)
    properties.push({ id: 'mappings', value: valueMappings(states) }, COLORED_BACKGROUND);
  return properties;
}

const COLORED_BACKGROUND: DynamicConfigValue = {
  id: 'custom.cellOptions',
  value: { type: TableCellDisplayMode.ColorBackground, mode: TableCellBackgroundDisplayMode.Basic },
};

function linksOf(links: readonly Link[]): DynamicConfigValue {
  return { id: 'links', value: links };
}
