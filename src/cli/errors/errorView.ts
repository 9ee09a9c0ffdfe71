import { isUtf8 } from 'node:buffer';
import { wrap } from '../command/usage.ts';
import { formatJsonLines } from '../terminal/jsonLines.ts';
import { printable, printableLine } from '../terminal/printable.ts';
import { readTrace, type FailedMessage } from '../failures/failedMessage.ts';
import { readProducerProperties } from '../failures/producerProperties.ts';
import { formatRoute } from './routeLine.ts';

export interface ViewOptions {
  /** In columns. */
  readonly width: number;
  /** Whether to print headers, payload and traceback of any size. */
  readonly full: boolean;
  readonly happyEnd: string;
}

/** Formats a failed message for a person: its error, its route and the parts of the original. */
export function formatError(message: FailedMessage, options: ViewOptions): string {
  const { width, full, happyEnd } = options;
  const { id, journey, code, text, parked } = message;
  const limits = full ? UNLIMITED : CUT;
  const { traceback, details } = readTrace(message);
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['envelope', id],
    ['journey', journey === id ? undefined : journey],
    ['failed', describeFailure(message)],
    ['error', code === undefined ? text : `${code}: ${text}`],
    ['type', describeType(message)],
    ['parked', parked && `${parked.code}: ${parked.text}`],
    ['route', formatRoute(message, happyEnd)],
  ];
  const lines = rows.flatMap(([name, value]) => formatRow(name, value, width));
  const sections = [
    formatSection('traceback', traceback?.trimEnd().split('\n'), limits),
    formatSection('details', detailLines(details), limits),
    formatSection('headers', jsonLines(message.headers), limits),
    formatSection('properties', propertyLines(message), limits),
    formatSection(...payloadOf(message), limits),
  ];
  return `${[...lines, ...sections.flat()].join('\n')}\n`;
}

interface Limits {
  readonly lines: number;
  readonly columns: number;
}

const CUT: Limits = { lines: 40, columns: 400 };
const UNLIMITED: Limits = { lines: Number.POSITIVE_INFINITY, columns: Number.POSITIVE_INFINITY };

const NAME_WIDTH = 10;

function formatRow(name: string, value: string | undefined, width: number): readonly string[] {
  if (value === undefined) return [];
  const lines = wrap(printableLine(value), width - NAME_WIDTH);
  return lines.map((line, index) => `${(index === 0 ? name : '').padEnd(NAME_WIDTH)}${line}`);
}

/** `2026-11-29T15:00:00.000Z at infer, attempt 5` */
function describeFailure(message: FailedMessage): string | undefined {
  const { actor, attempt, failedAtMs, publishedAtMs } = message;
  const time = failedAtMs ?? publishedAtMs;
  const parts = [
    time === undefined ? undefined : new Date(time).toISOString(),
    actor === undefined ? undefined : `at ${actor}`,
  ].filter((part) => part !== undefined);
  if (parts.length === 0) return undefined;
  const prefix = failedAtMs === undefined && publishedAtMs !== undefined ? 'published ' : '';
  return `${prefix}${parts.join(' ')}${attempt === undefined ? '' : `, attempt ${attempt}`}`;
}

/** `ValueError (Exception, object)`; undefined when `text` contains all of it. */
function describeType(message: FailedMessage): string | undefined {
  const { type } = message;
  const bases = readTrace(message).mro.filter((name) => name !== type);
  if (bases.length === 0) return undefined;
  return type === undefined ? bases.join(', ') : `${type} (${bases.join(', ')})`;
}

/** A title and indented lines. A section that is too long ends with the number of further lines. */
function formatSection(
  title: string,
  content: Iterable<string> | undefined,
  { lines: maxLines, columns }: Limits,
): readonly string[] {
  if (content === undefined) return [];
  const shown: string[] = [];
  let isCut = false;
  for (const line of content) {
    isCut ||= shown.length === maxLines || line.length > columns;
    if (shown.length === maxLines) break;
    shown.push(`  ${printable(line.slice(0, columns))}${line.length > columns ? '…' : ''}`);
  }
  const note = isCut ? ['  … (cut; --full prints everything)'] : [];
  return ['', title, ...shown, ...note];
}

function payloadOf({ original }: FailedMessage): [string, Iterable<string>] {
  if ('missing' in original) return ['payload', [original.missing]];
  if ('payload' in original) {
    const { payload } = original;
    return [`payload (${payload.length} bytes)`, jsonLines(payload) ?? []];
  }
  const { body } = original;
  const size = `${body.length} bytes`;
  return isUtf8(body)
    ? [`body (${size}, not an envelope)`, body.toString().split('\n')]
    : [`body (${size}, not text, in base64)`, [body.toString('base64')]];
}

/** A text, such as the raw body of an error page, is printed without its JSON encoding. */
function detailLines(details: Buffer | undefined): Iterable<string> | undefined {
  if (details?.at(0) !== QUOTE) return jsonLines(details);
  return String(JSON.parse(details.toString())).split(/\r?\n/);
}

const QUOTE = '"'.charCodeAt(0);

function propertyLines(message: FailedMessage): Iterable<string> | undefined {
  const properties = readProducerProperties(message.produced);
  return properties && formatJsonLines(JSON.stringify(properties));
}

function jsonLines(json: Buffer | undefined): Iterable<string> | undefined {
  return json && formatJsonLines(json.toString());
}
