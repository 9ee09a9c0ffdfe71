import { copyOf } from '../../../unicode.ts';
import { KIB } from '../../../units.ts';

/** One line of a metrics text: `name{labels} value`. */
export interface Sample {
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly value: number;
}

/** A longer line is skipped, because a pattern needs memory for each character of a label. */
const MAX_LINE_LENGTH = 16 * KIB;

/**
 * Reads the samples of a text in the Prometheus text format or in OpenMetrics. Skips comments,
 * exemplars, timestamps, and lines that are neither; takes time linear in the length of the text.
 * https://prometheus.io/docs/instrumenting/exposition_formats/
 * @param isWanted called with the name of each sample, so that the labels of others are not read
 */
export function* readSamples(
  text: string,
  isWanted: (name: string) => boolean,
): Generator<Sample, void> {
  for (let start = 0; start < text.length;) {
    const lineFeed = text.indexOf('\n', start);
    const end = lineFeed < 0 ? text.length : lineFeed;
    if (end - start <= MAX_LINE_LENGTH) {
      const sample = readSample(text.slice(start, end), isWanted);
      if (sample !== undefined) yield sample;
    }
    start = end + 1;
  }
}

const NAME = /^[A-Za-z_:][\w:]*/;
const LABEL = /[ \t]*([A-Za-z_]\w*)="((?:[^"\\]|\\.)*)"[ \t]*(?:,[ \t]*|(?=\}))/y;
const VALUE = /[ \t]*([^ \t]+)/y;

function readSample(text: string, isWanted: (name: string) => boolean): Sample | undefined {
  const [name] = NAME.exec(text) ?? [];
  if (name === undefined || !isWanted(name)) return undefined;
  // The labels of a sample are kept for longer than the whole text.
  const line = copyOf(text);
  const labels = new Map<string, string>();
  const end = line[name.length] === '{' ? readLabels(line, name.length + 1, labels) : name.length;
  if (end === undefined) return undefined;
  VALUE.lastIndex = end;
  const value = readNumber(VALUE.exec(line)?.[1]);
  return value === undefined ? undefined : { name, labels, value };
}

/** Returns the index after the closing brace; undefined when a label is malformed. */
function readLabels(line: string, start: number, labels: Map<string, string>): number | undefined {
  let index = start;
  while (line[index] !== '}') {
    LABEL.lastIndex = index;
    const [, name = '', value = ''] = LABEL.exec(line) ?? [];
    if (name === '') return undefined;
    labels.set(name, unescape(value));
    index = LABEL.lastIndex;
  }
  return index + 1;
}

function unescape(text: string): string {
  if (!text.includes('\\')) return text;
  return text.replaceAll(/\\(.)/g, (_, character: string) =>
    character === 'n' ? '\n' : character,
  );
}

const INFINITE: Readonly<Record<string, number>> = {
  '+Inf': Number.POSITIVE_INFINITY,
  '-Inf': Number.NEGATIVE_INFINITY,
};

/** Returns undefined for a text that is not a number, and for `NaN`, which has no use here. */
export function readNumber(text = ''): number | undefined {
  const value = Object.hasOwn(INFINITE, text) ? INFINITE[text] : Number(text);
  return text === '' || Number.isNaN(value) ? undefined : value;
}
