import { CATALOGUE } from '../telemetry/metrics/instruments.ts';
import type { Definition, Labels } from '../telemetry/metrics/definition.ts';
import { replaceBetween } from './markedPage.ts';

const START = '<!-- metrics: generated from telemetry/metrics/instruments.ts by `npm run docs` -->';
const END = '<!-- end of metrics -->';

/** Replaces the tables of metrics in the page. */
export function renderMetricsPage(page: string): string {
  const all: readonly Definition[] = Object.values(CATALOGUE);
  const own = all.filter(({ convention }) => !convention);
  const conventions = all.filter(({ convention }) => convention);
  const tables = [
    `## \`<ns>_*\`\n\n${renderTable(own)}`,
    `## Metrics of the conventions\n\n${renderTable(conventions)}`,
  ];
  return replaceBetween(page, START, END, tables.join('\n\n'));
}

function renderTable(definitions: readonly Definition[]): string {
  const lines = definitions.map(({ name, convention, kind, unit, labels, help }) => {
    const full = convention ? name : `<ns>_${name}`;
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
    case 'destination':
      return "an actor's name, or `other`";
    case 'heap space':
      return "V8's heap spaces";
    default:
      return values.join(', ');
  }
}
