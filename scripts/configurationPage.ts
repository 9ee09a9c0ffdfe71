import { describeVariables, type Row } from '../src/config/table.ts';
import { replaceBetween } from './markedPage.ts';

const START = '<!-- variables: generated from src/config/schema.ts by `npm run docs` -->';
const END = '<!-- end of variables -->';

/** The page with its tables of variables made anew; what stands round them stays. */
export function renderConfigurationPage(page: string): string {
  const sections = describeVariables().map(
    ({ title, rows }) => `## ${title}\n\n${renderTable(rows)}`,
  );
  return replaceBetween(page, START, END, sections.join('\n\n'));
}

function renderTable(rows: readonly Row[]): string {
  const lines = rows.map(
    ({ name, doc, format, defaultText: standard }) =>
      `| \`${name}\` | ${doc} | ${format} | ${standard} |`,
  );
  return ['| variable | meaning | type | default |', '| --- | --- | --- | --- |', ...lines].join(
    '\n',
  );
}
