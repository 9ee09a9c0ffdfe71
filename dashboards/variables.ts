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

/** What a person chooses at the top of a dashboard. */
export type Variable = Builder<VariableModel>;

export type Engine = 'prometheus' | 'tempo' | 'loki';

/** The data source that the person has chosen. */
export function chosen(engine: Engine): DataSourceRef {
  return { type: engine, uid: `\${${engine}_datasource}` };
}

export function dataSources(...engines: Engine[]): Variable[] {
  return engines.map((engine) =>
    new DatasourceVariableBuilder(`${engine}_datasource`)
      .label(`${engine.charAt(0).toUpperCase()}${engine.slice(1)} data source`)
      .type(engine),
  );
}

/** One info series a process: the cheapest to list. */
const BUILD_INFO = metricName('buildInfo');
const ALL = { text: 'All', value: '$__all' };

export function jobs(): Variable {
  return listed('job', BUILD_INFO)
    .label('Job')
    .multi(true)
    .includeAll(true)
    .allValue('.+')
    .current(ALL);
}

/** Not every installation has this label; `.*` also finds what has none. */
export function namespaces(): Variable {
  return listed('namespace', `${BUILD_INFO}{job=~"$job"}`)
    .label('Namespace')
    .multi(true)
    .includeAll(true)
    .allValue('.*')
    .current(ALL);
}

export function instances(ofActor = 'actor=~"$actor"'): Variable {
  return listed('instance', `${BUILD_INFO}{job=~"$job", namespace=~"$namespace", ${ofActor}}`)
    .label('Instance')
    .multi(true)
    .includeAll(true)
    .allValue('.+')
    .current(ALL);
}

const ACTORS = `${BUILD_INFO}{job=~"$job", namespace=~"$namespace"}`;

export function actors(): Variable {
  return listed('actor', ACTORS)
    .label('Actor')
    .multi(true)
    .includeAll(true)
    .allValue('.+')
    .current(ALL);
}

export function oneActor(): Variable {
  return listed('actor', ACTORS).label('Actor').multi(false).includeAll(false);
}

export function quantiles(): Variable {
  return new CustomVariableBuilder('quantile')
    .label('Quantile')
    .description('Which share of hops a duration covers: 0.99 leaves out the slowest hundredth')
    .values('0.5,0.95,0.99')
    .current({ text: '0.95', value: '0.95' });
}

export function textBox(name: string, label: string, description: string, value = ''): Variable {
  return new TextBoxVariableBuilder(name)
    .label(label)
    .description(description)
    .defaultValue(value)
    .current({ text: value, value });
}

/** The values of a label. */
function listed(label: string, series: string): QueryVariableBuilder {
  const query = `label_values(${series}, ${label})`;
  return new QueryVariableBuilder(label)
    .datasource(chosen('prometheus'))
    .query(query)
    .definition(query)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalAsc);
}
