import { isMap, isScalar, parseDocument, type Pair, type YAMLMap } from 'yaml';
import { replaceBetween } from './markedPage.ts';

const START = '<!-- values: generated from values.yaml by `npm run charts` -->';
const END = '<!-- end of values -->';

/** The title of the table with the values that are not in a group. */
const UNGROUPED = 'Objects and pods';

interface Row {
  readonly path: string;
  readonly defaultText: string;
  /** The comment above the value. */
  readonly meaning: string;
}

/**
 * Replaces the tables of values in the README of a chart: one table for each group of
 * `values.yaml`, and one for the other values. A README without the marks is returned as it is.
 */
export function renderChartReadme(readme: string, values: string): string {
  return readme.includes(START) ? replaceBetween(readme, START, END, tablesOf(values)) : readme;
}

function tablesOf(values: string): string {
  const root = parseDocument(values).contents;
  if (!isMap(root)) throw new TypeError('values.yaml is not a map');
  const rows = rowsOf(root, '');
  const isGroup = (name: string): boolean => rows.some(({ path }) => path.startsWith(`${name}.`));
  const groups = Map.groupBy(rows, ({ path }) => {
    const [name = ''] = path.split('.');
    return isGroup(name) ? name : UNGROUPED;
  });
  return [...groups.keys()]
    .toSorted((a, b) => Number(a === UNGROUPED) - Number(b === UNGROUPED))
    .map((title) => tableOf(title, groups.get(title) ?? []))
    .join('\n\n');
}

function tableOf(title: string, rows: readonly Row[]): string {
  return [
    `### ${title}`,
    '',
    '| value | default | meaning |',
    '| --- | --- | --- |',
    ...rows.map(
      ({ path, defaultText, meaning }) => `| \`${path}\` | ${defaultText} | ${meaning} |`,
    ),
  ].join('\n');
}

/** The parser gives a comment above the first member of a map to the map. */
function rowsOf(map: YAMLMap, prefix: string): Row[] {
  return map.items.flatMap((pair, index) =>
    rowsOfPair(pair, prefix, index === 0 ? map.commentBefore : undefined),
  );
}

/** A map without a comment above it has only rows of its members. */
function rowsOfPair({ key, value }: Pair, prefix: string, comment?: string | null): Row[] {
  if (!isScalar(key)) throw new TypeError('a key of values.yaml is not a scalar');
  const path = `${prefix}${String(key.value)}`;
  const meaning = meaningOf(key.commentBefore ?? comment);
  const members = isMap(value) && value.items.length > 0 ? rowsOf(value, `${path}.`) : [];
  const isGroup = members.some((row) => row.meaning !== '');
  if (isGroup && meaning === '') return members;
  return [
    { path, defaultText: isGroup ? '' : defaultOf(value), meaning },
    ...(isGroup ? members : []),
  ];
}

/** The first comment of the file follows a paragraph about the file. */
function meaningOf(comment: string | null | undefined): string {
  const [lastParagraph = ''] = (comment ?? '').split('\n\n').slice(-1);
  return lastParagraph
    .split('\n')
    .map((line) => line.trim())
    .join(' ')
    .replaceAll('|', String.raw`\|`)
    .replaceAll(/\b(?:ASYA|OTEL)_[A-Z_]+/g, '`$&`')
    .trim();
}

function defaultOf(value: unknown): string {
  const json = JSON.stringify((value as { toJSON?: () => unknown } | null)?.toJSON?.() ?? null);
  return `\`${json.replaceAll('"', "'")}\``;
}
