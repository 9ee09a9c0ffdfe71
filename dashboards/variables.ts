import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import {
  CustomVariableBuilder,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  TextBoxVariableBuilder,
  VariableRefresh,
  VariableSort,
  type DataSourceRef,
  type VariableModel,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { metricName } from './promql.ts';

/** A selection at the top of a dashboard. */
export type Variable = Builder<VariableModel>;

export type DataSourceType = 'prometheus' | 'tempo' | 'loki';

/** Refers to the selected data source of a type. */
export function dataSourceRef(engine: DataSourceType): DataSourceRef {
  return { type: engine, uid: `\${${engine}_datasource}` };
}

export function dataSourceVariables(...engines: DataSourceType[]): Variable[] {
  return engines.map((engine) =>
    new DatasourceVariableBuilder(`${engine}_datasource`)
      .label(`${engine.charAt(0).toUpperCase()}${engine.slice(1)} data source`)
      .type(engine),
  );
}

/** Has one series per process, so it is the cheapest source of label values. */
const BUILD_INFO = metricName('buildInfo');
const ALL = { text: 'All', value: '$__all' };

export function jobVariable(): Variable {
  return labelVariable('job', BUILD_INFO)
    .label('Job')
    .multi(true)
    .includeAll(true)
    .allValue('.+')
    .current(ALL);
}

/** Not every installation has this label; `.*` also matches series without it. */
export function namespaceVariable(): Variable {
  return labelVariable('namespace', `${BUILD_INFO}{job=~"$job"}`)
    .label('Namespace')
    .multi(true)
    .includeAll(true)
    .allValue('.*')
    .current(ALL);
}

export function instanceVariable(actorMatcher = 'actor=~"$actor"'): Variable {
  return labelVariable(
    'instance',
    `${BUILD_INFO}{job=~"$job", namespace=~"$namespace", ${actorMatcher}}`,
  )
    .label('Instance')
    .multi(true)
    .includeAll(true)
    .allValue('.+')
    .current(ALL);
}

const ACTORS = `${BUILD_INFO}{job=~"$job", namespace=~"$namespace"}`;

export function actorsVariable(): Variable {
  return labelVariable('actor', ACTORS)
    .label('Actor')
    .multi(true)
    .includeAll(true)
    .allValue('.+')
    .current(ALL);
}

export function actorVariable(): Variable {
  return labelVariable('actor', ACTORS).label('Actor').multi(false).includeAll(false);
}

export function quantileVariable(): Variable {
  return new CustomVariableBuilder('quantile')
    .label('Quantile')
    .description('Quantile of the duration panels: 0.99 ignores the slowest 1 %')
    .values('0.5,0.95,0.99')
    .current({ text: '0.95', value: '0.95' });
}

export function textBoxVariable(
  name: string,
  label: string,
  description: string,
  value = '',
): Variable {
  return new TextBoxVariableBuilder(name)
    .label(label)
    .description(description)
    .defaultValue(value)
    .current({ text: value, value });
}

/** A variable whose options are the values of a label. */
function labelVariable(label: string, series: string): QueryVariableBuilder {
  const query = `label_values(${series}, ${label})`;
  return new QueryVariableBuilder(label)
    .datasource(dataSourceRef('prometheus'))
    .query(query)
    .definition(query)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalAsc);
}
