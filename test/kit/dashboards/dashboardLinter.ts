import * as units from '@grafana/grafana-foundation-sdk/units';
import type { SyntaxNode } from '@lezer/common';
import {
  defaultsOf,
  panelsOf,
  type DashboardFile,
  type PanelJson,
  type TargetJson,
  type VariableJson,
} from './dashboardFile.ts';
import {
  AUTO,
  RANGE,
  RATE_INTERVAL,
  expandVariables,
  parseQuery,
  type QueryTree,
} from './queryTree.ts';

/** Returns a message for each violation. */
type Rule = (dashboard: DashboardFile) => string[];

/**
 * The 17 rules of Grafana's dashboard linter, under their original names. Some rules of the
 * original apply to certain panel types only; these apply to all.
 * https://github.com/grafana/dashboard-linter/blob/main/docs/index.md
 */
export const LINT_RULES: Readonly<Record<string, Rule>> = {
  'template-datasource-rule': ({ templating }) => {
    const sources = templating.list.filter(({ type }) => type === 'datasource');
    if (sources.length === 0) return ['no data source variable'];
    return sources.flatMap(({ name, label, query = '' }) => {
      const title = `${query.charAt(0).toUpperCase()}${query.slice(1)} data source`;
      return name === `${query}_datasource` && label === title
        ? []
        : [`${name}: must be ${query}_datasource, ${title}`];
    });
  },
  'template-job-rule': (dashboard) => labelVariable(dashboard, 'job', 'Job'),
  'template-instance-rule': (dashboard) => labelVariable(dashboard, 'instance', 'Instance'),
  'template-label-promql-rule': ({ templating }) =>
    queried(templating.list).flatMap(({ name, query = '' }) => {
      const [, call, selector = ''] = /^(\w+)\((.+), \w+\)$/.exec(query) ?? [];
      if (call !== 'label_values') return [`${name}: ${query} is not a label_values query`];
      return parseQuery('prometheus', selector).errors.map(
        (error) => `${name}: ${query} fails at ${error}`,
      );
    }),
  'template-on-time-change-reload-rule': ({ templating }) =>
    queried(templating.list)
      .filter(({ refresh }) => refresh !== 2)
      .map(({ name }) => `${name}: must be refreshed when the time range changes`),
  'panel-datasource-rule': (dashboard) =>
    ofPanels(dashboard, ({ datasource }) =>
      isChosen(dashboard, datasource?.uid)
        ? []
        : [`${datasource?.uid} is not a data source variable`],
    ),
  'panel-title-description-rule': (dashboard) =>
    ofPanels(dashboard, ({ title = '', description = '' }) =>
      title === '' || description === '' ? ['title or description is missing'] : [],
    ),
  'panel-units-rule': (dashboard) =>
    ofPanels(dashboard, ({ fieldConfig }) => {
      const overridden = fieldConfig?.overrides.flatMap(({ properties }) => properties) ?? [];
      const used = overridden.filter(({ id }) => id === 'unit').map(({ value }) => value);
      return [fieldConfig?.defaults.unit, ...used]
        .filter((unit) => typeof unit !== 'string' || !KNOWN_UNITS.has(unit))
        .map((unit) => `${String(unit)} is not a Grafana unit`);
    }),
  'panel-no-targets-rule': (dashboard) =>
    ofPanels(dashboard, ({ type, targets = [] }) =>
      targets.length === 0 && type !== 'alertlist' ? ['no query'] : [],
    ),
  'target-logql-rule': (dashboard) =>
    ofQueries(dashboard, 'loki', ({ errors }) => errors.map(unreadable)),
  'target-logql-auto-rule': (dashboard) =>
    ofQueries(dashboard, 'loki', (tree) =>
      tree
        .all('Range')
        .filter((range) => tree.textOf(range) !== `[${AUTO}]`)
        .map((range) => `${tree.textOf(range)} must be [$__auto]`),
    ),
  'target-promql-rule': (dashboard) =>
    ofQueries(dashboard, 'prometheus', ({ text, errors }) =>
      text.trim() === '' ? ['the query is empty'] : errors.map(unreadable),
    ),
  'target-rate-interval-rule': (dashboard) => ofQueries(dashboard, 'prometheus', rateIntervals),
  'target-job-rule': (dashboard) =>
    ofQueries(dashboard, 'prometheus', (tree) => lacking(tree, 'job=~"$job"')),
  'target-instance-rule': (dashboard) =>
    ofQueries(dashboard, 'prometheus', (tree) => lacking(tree, 'instance=~"$instance"')),
  'target-counter-agg-rule': (dashboard) => ofQueries(dashboard, 'prometheus', bareCounters),
  'uneditable-dashboard': ({ editable }) => (editable ? ['it must not be editable'] : []),
};

const KNOWN_UNITS: ReadonlySet<unknown> = new Set(Object.values(units));

function labelVariable({ templating }: DashboardFile, name: string, label: string): string[] {
  const found = templating.list.find((variable) => variable.name === name);
  if (found === undefined) return [`no variable ${name}`];
  const wanted = { type: 'query', label, multi: true, allValue: '.+' } as const;
  const wrong = Object.entries(wanted).filter(
    ([key, value]) => found[key as keyof typeof wanted] !== value,
  );
  if (found.datasource?.uid !== '${prometheus_datasource}')
    wrong.push(['datasource', '${prometheus_datasource}']);
  return wrong.map(([key, value]) => `${name}: ${key} must be ${value}`);
}

function queried(variables: readonly VariableJson[]): VariableJson[] {
  return variables.filter(({ type }) => type === 'query');
}

function isChosen({ templating }: DashboardFile, uid: string | undefined): boolean {
  return templating.list.some(({ type, name }) => type === 'datasource' && uid === `\${${name}}`);
}

function ofPanels(dashboard: DashboardFile, check: (panel: PanelJson) => string[]): string[] {
  return panelsOf(dashboard).flatMap((panel) =>
    check(panel).map((problem) => `${panel.title}: ${problem}`),
  );
}

function ofQueries(
  dashboard: DashboardFile,
  language: 'prometheus' | 'loki',
  check: (tree: QueryTree) => string[],
): string[] {
  const variables = defaultsOf(dashboard);
  const isOf = ({ datasource }: TargetJson): boolean =>
    datasource.uid === `\${${language}_datasource}`;
  return ofPanels(dashboard, ({ targets = [] }) =>
    targets
      .filter(isOf)
      .flatMap(({ expr = '' }) => check(parseQuery(language, expandVariables(expr, variables)))),
  );
}

function unreadable(at: string): string {
  return `the query does not parse at ${at}`;
}

function rateIntervals(tree: QueryTree): string[] {
  return tree.all('MatrixSelector').flatMap((selector) => {
    const call = functionOf(tree, selector);
    const range = tree.textOf(selector).match(/\[(\w+)\]$/)?.[1];
    const allowed = call === 'increase' ? [RATE_INTERVAL, RANGE] : [RATE_INTERVAL];
    const matters = call === 'rate' || call === 'irate' || call === 'increase';
    return !matters || (range !== undefined && allowed.includes(range))
      ? []
      : [`${call} over ${range}`];
  });
}

function lacking(tree: QueryTree, matcher: string): string[] {
  return tree
    .all('VectorSelector')
    .map((selector) => tree.textOf(selector))
    .filter((selector) => !selector.includes(matcher))
    .map((selector) => `${selector} lacks ${matcher}`);
}

/** Finds counters that are used without a rate. */
function bareCounters(tree: QueryTree): string[] {
  return tree
    .all('VectorSelector')
    .filter((selector) => /^\w+_total\b/.test(tree.textOf(selector)))
    .filter(
      (selector) =>
        !['rate', 'irate', 'increase'].includes(functionOf(tree, selector.parent) ?? ''),
    )
    .map((selector) => `${tree.textOf(selector)} is a bare counter`);
}

/** The name of the function whose only argument is this node. */
function functionOf(tree: QueryTree, argument: SyntaxNode | null): string | undefined {
  const call = argument?.parent?.parent;
  const name = call?.name === 'FunctionCall' ? call.getChild('FunctionIdentifier') : null;
  return name === null ? undefined : tree.textOf(name);
}
