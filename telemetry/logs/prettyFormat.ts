import { styleText } from 'node:util';
import { printable } from '../../src/cli/terminal/printable.ts';

/** A line of the log, as pino writes it. */
interface Line {
  readonly level: string;
  readonly time: string;
  readonly actor?: string;
  readonly msg?: string;
  readonly envelope_id?: string;
  readonly journey_id?: string;
  readonly trace_id?: string;
  readonly span_id?: string;
  readonly trace_flags?: string;
  readonly err?: LoggedError | string | null;
  readonly [field: string]: unknown;
}

interface LoggedError {
  readonly type?: string;
  readonly message?: string;
  readonly stack?: string;
}

export interface PrettyOptions {
  /** Whether lines end with the ids of their journey and trace. */
  readonly showIds: boolean;
  readonly colour: boolean;
}

type Paint = (style: Parameters<typeof styleText>[0], text: string) => string;

/**
 * Creates a function that formats JSON lines of the log for people. A hop is one short line; an
 * error has its stack below.
 *
 *   12:00:01 infer env-1 → post 12 ms (runtime 9 ms)
 *   12:00:02 WARN infer runtime unavailable; consuming paused reason="connect ENOENT"
 */
export function createPrettyFormat({ showIds, colour }: PrettyOptions): (json: string) => string {
  const paint: Paint = colour
    ? (style, text) => styleText(style, text, { validateStream: false })
    : (_, text) => text;
  return (json) => {
    const line = JSON.parse(json) as Line;
    const parts = [
      paint('dim', localTime(line.time)),
      levelText(line.level, paint),
      line.actor,
      line.envelope_id === undefined ? '' : printable(line.envelope_id),
      isHop(line) ? hopText(line) : messageText(line),
      errorText(line),
      showIds ? paint('dim', idsText(line)) : '',
    ];
    const text = parts.filter((part) => part !== undefined && part !== '').join(' ');
    return `${[text, ...stackLines(line)].join('\n')}\n`;
  };
}

function localTime(time: string): string {
  return new Date(time).toTimeString().slice(0, 8);
}

/** Returns the level; nothing for `info`, the level of most lines. */
function levelText(level: string, paint: Paint): string {
  const word = level.toUpperCase();
  switch (level) {
    case 'info':
      return '';
    case 'warn':
      return paint('yellow', word);
    case 'error':
    case 'fatal':
      return paint('red', word);
    default:
      return paint('dim', word);
  }
}

interface HopLine extends Line {
  readonly outcome: string;
  readonly duration_ms: number;
}

function isHop(line: Line): line is HopLine {
  return typeof line['outcome'] === 'string' && typeof line['duration_ms'] === 'number';
}

function hopText(line: HopLine): string {
  const { runtime_ms, rate_limit_ms, batch, alone, attempt, reused, reason } = line;
  const details = [
    typeof rate_limit_ms === 'number' ? `rate limit ${durationText(rate_limit_ms)}` : '',
    typeof runtime_ms === 'number' ? `runtime ${durationText(runtime_ms)}` : '',
    typeof batch === 'number' ? `batch of ${batch}` : '',
    alone === true ? 'then alone' : '',
    typeof attempt === 'number' && attempt > 1 ? `attempt ${attempt}` : '',
    reused === true ? 'reused' : '',
    typeof reason === 'string' ? reason : '',
  ].filter((detail) => detail !== '');
  const duration = durationText(line.duration_ms);
  const suffix = details.length === 0 ? '' : ` (${details.join(', ')})`;
  return `${targetText(line)} ${duration}${suffix}`;
}

/** Returns `→ post`, `→ 3 × post` for a fan-out, or the outcome without a single destination. */
function targetText({ outcome, destination, dispatched }: HopLine): string {
  if (typeof destination !== 'string' || outcome === 'retry') return outcome.replaceAll('_', ' ');
  const count = typeof dispatched === 'number' && dispatched > 1 ? `${dispatched} × ` : '';
  return `→ ${count}${printable(destination)}`;
}

/** One decimal below 10 ms, then whole milliseconds, then seconds. */
function durationText(ms: number): string {
  if (ms < 10) return `${Math.round(ms * 10) / 10} ms`;
  return ms < 999.5 ? `${Math.round(ms)} ms` : `${Math.round(ms / 100) / 10} s`;
}

/** Fields that every line has, or that a line shows elsewhere. */
const OTHER_FIELDS: ReadonlySet<string> = new Set([
  'level',
  'time',
  'actor',
  'msg',
  'err',
  'envelope_id',
  'journey_id',
  'trace_id',
  'span_id',
  'trace_flags',
]);

function messageText({ msg = '', ...fields }: Line): string {
  const texts = Object.entries(fields)
    .filter(([name]) => !OTHER_FIELDS.has(name))
    .map(([name, value]) => `${name}=${valueText(value)}`);
  return [printable(msg), ...texts].join(' ');
}

function valueText(value: unknown): string {
  if (typeof value === 'string' && /^[^\s"=]+$/.test(value)) return printable(value);
  return printable(JSON.stringify(value));
}

/** Returns `runtime_error: ValueError: no text`, without the code if it equals the type. */
function errorText(line: Line): string {
  const { err, code: fault } = line;
  if (typeof err === 'string') return printable(err);
  if (err === undefined || err === null) return '';
  const code = isHop(line) && fault !== err.type ? fault : undefined;
  return [code, err.type, err.message]
    .filter((part) => typeof part === 'string')
    .map(printable)
    .join(': ');
}

function idsText({ journey_id, trace_id }: Line): string {
  return [
    journey_id === undefined ? '' : `journey=${printable(journey_id)}`,
    trace_id === undefined ? '' : `trace=${trace_id}`,
  ]
    .filter((id) => id !== '')
    .join(' ');
}

/** Returns the indented stack, without a first line that repeats the message. */
function stackLines({ err }: Line): string[] {
  if (typeof err !== 'object' || err?.stack === undefined) return [];
  const { stack, message = '' } = err;
  const at = stack.indexOf(message);
  const repeats = at >= 0 && !stack.slice(0, at).includes('\n');
  const rest = repeats ? stack.slice(at + message.length) : stack;
  return rest
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => `  ${printable(line.trimEnd().replaceAll('\t', '    '))}`);
}
