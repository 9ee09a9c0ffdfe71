import { describeVariables, type Row } from '../src/config/table.ts';
import { replaceBetween } from './markedPage.ts';

const START = '<!-- variables: generated from src/config/schema.ts by `npm run docs` -->';
const END = '<!-- end of variables -->';

/** Replaces the tables of variables in the page. */
export function renderConfigurationPage(page: string): string {
  const sections = describeVariables().map(
    ({ title, rows }) => `## ${title}\n\n${renderTable(rows)}`,
  );
  return replaceBetween(page, START, END, sections.join('\n\n'));
}

function renderTable(rows: readonly Row[]): string {
  const lines = rows.map(
    ({ name, doc, format, defaultText }) => `| \`${name}\` | ${doc} | ${format} | ${defaultText} |`,
  );
  return ['| variable | meaning | type | default |', '| --- | --- | --- | --- |', ...lines].join(
    '\n',
  );
}
