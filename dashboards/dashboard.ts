import {
  AnnotationQueryBuilder,
  DashboardBuilder,
  DashboardCursorSync,
  RowBuilder,
  type Dashboard,
  type Panel as BuiltPanel,
  type RowPanel,
} from '@grafana/grafana-foundation-sdk/dashboard';
import type { Panel } from './panels/panel.ts';
import { dashboardLinks, TAGS } from './links.ts';
import type { Variable } from './variables.ts';

export interface Layout {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly variables: readonly Variable[];
  readonly annotations?: readonly AnnotationQueryBuilder[];
  readonly rows: readonly Row[];
}

export interface Row {
  readonly title: string;
  /** The panels of a collapsed row run no queries until a user opens the row. */
  readonly collapsed?: boolean;
  readonly panels: readonly Panel[];
}

/** The schema of Grafana 10; newer versions migrate it on import. */
const SCHEMA_VERSION = 39;

export function createDashboard({
  uid,
  title,
  description,
  variables,
  annotations = [],
  rows,
}: Layout): Dashboard {
  const builder = new DashboardBuilder(title)
    .uid(uid)
    .description(description)
    .tags(TAGS)
    .readonly()
    .timezone('browser')
    .time({ from: 'now-1h', to: 'now' })
    .refresh('30s')
    .tooltip(DashboardCursorSync.Crosshair)
    .variables([...variables])
    .annotations([...annotations])
    .link(dashboardLinks());
  for (const row of rows) addRow(builder, row);
  const dashboard = builder.build();
  return { ...dashboard, panels: withPanelIds(dashboard.panels), schemaVersion: SCHEMA_VERSION };
}

function addRow(builder: DashboardBuilder, { title, collapsed = false, panels }: Row): void {
  const row = new RowBuilder(title).collapsed(collapsed);
  if (collapsed) for (const panel of panels) row.withPanel(panel);
  builder.withRow(row);
  if (!collapsed) for (const panel of panels) builder.withPanel(panel);
}

/** Numbers the panels, because links to a panel use its number. */
function withPanelIds(panels: Dashboard['panels'] = []): NonNullable<Dashboard['panels']> {
  let id = 0;
  return panels.map((panel) => {
    const outer = { ...panel, id: ++id };
    if (!isRow(outer)) return withQueryNames(outer);
    return {
      ...outer,
      panels: outer.panels.map((inner) => withQueryNames({ ...inner, id: ++id })),
    };
  });
}

/** Names queries A, B, C …; Grafana matches results to queries by that name. */
function withQueryNames(panel: BuiltPanel): BuiltPanel {
  if (panel.targets === undefined) return panel;
  return {
    ...panel,
    targets: panel.targets.map((target, at) => ({ refId: 'ABCDEF'.charAt(at), ...target })),
  };
}

function isRow(panel: Panels[number]): panel is RowPanel {
  return panel.type === 'row';
}

type Panels = NonNullable<Dashboard['panels']>;
