import { describeVariables, type Row } from '../src/config/table.ts';

const START = '<!-- variables: made from src/config/schema.ts by `npm run docs` -->';
const END = '<!-- end of variables -->';

/** The page with its tables of variables made anew; what stands round them stays. */
export function renderConfigurationPage(page: string): string {
  const start = page.indexOf(START);
  const end = page.indexOf(END);
  if (start < 0 || end < start) throw new Error(`the page must have "${START}" and then "${END}"`);
  const sections = describeVariables().map(({ title, rows }) => `## ${title}\n\n${renderTable(rows)}`);
  return `${page.slice(0, start)}${START}\n\n${sections.join('\n\n')}\n\n${page.slice(end)}`;
}

function renderTable(rows: readonly Row[]): string {
  const lines = rows.map(
    ({ name, doc, format, standard }) => `| \`${name}\` | ${doc} | ${format} | ${standard} |`,
  );
  return ['| variable | meaning | kind | default |', '| --- | --- | --- | --- |', ...lines].join('\n');
}
