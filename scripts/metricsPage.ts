import { CATALOGUE } from '../telemetry/metrics/instruments.ts';
import type { Definition, Labels } from '../telemetry/metrics/definition.ts';
import { replaceBetween } from './markedPage.ts';

const START = '<!-- metrics: generated from telemetry/metrics/instruments.ts by `npm run docs` -->';
const END = '<!-- end of metrics -->';

/** Replaces the tables of metrics in the page. */
export function renderMetricsPage(page: string): string {
  const all: readonly Definition[] = Object.values(CATALOGUE);
  const definedBy = (source: Definition['definedBy']): string =>
    renderTable(all.filter((definition) => definition.definedBy === source));
  const tables = [
    `## \`<ns>_*\`\n\n${definedBy('sidecar')}`,
    `## Metrics of the conventions\n\n${definedBy('opentelemetry')}`,
    `## Process metrics\n\n${definedBy('prometheus')}`,
  ];
  return replaceBetween(page, START, END, tables.join('\n\n'));
}

function renderTable(definitions: readonly Definition[]): string {
  const lines = definitions.map(({ name, definedBy, kind, unit, labels, help }) => {
    const full = definedBy === 'sidecar' ? `<ns>_${name}` : name;
    return `| \`${full}\` | ${kind.replaceAll('_', '-')} | ${unit} | ${renderLabels(labels)} | ${help} |`;
  });
  return [
    '| metric | kind | unit | labels | meaning |',
    '| --- | --- | --- | --- | --- |',
    ...lines,
  ].join('\n');
}

function renderLabels(labels: Labels): string {
  const texts = Object.entries(labels).map(
    ([label, values]) => `\`${label}\`: ${renderValues(values)}`,
  );
  return texts.join('; ');
}

function renderValues(values: Labels[string]): string {
  switch (values) {
    case 'actor':
      return "this actor's name";
    case 'transport':
      return '`ASYA_TRANSPORT`';
    case 'version':
      return 'the version';
    case 'end':
      return 'happy-end, error-end';
    case 'error end':
      return "error-end's name";
    case 'destination':
      return "an actor's name, or `other`";
    case 'heap space':
      return "V8's heap spaces";
    default:
      return values.join(', ');
  }
}
