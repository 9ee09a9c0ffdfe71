import { styleText } from 'node:util';
import { printable, printableLine } from '../terminal/printable.ts';
import { truncate } from '../../unicode.ts';
import { ATTRIBUTE } from './spans/attributes.ts';
import { formatDuration } from './duration.ts';
import type { Journey } from './journeys/journey.ts';
import type { Interval, Step } from './journeys/steps.ts';
import type { Pending } from './journeys/pending.ts';

export interface WaterfallOptions {
  /** In columns. */
  readonly width: number;
  readonly colour: boolean;
}

/**
 * Draws a journey as a waterfall, with one row for each hop:
 *
 *     prep            forward        12 ms  ▒█▒
 *       infer         retry          31 ms     ····▒███
 *       infer (2)     forward        30 ms             ········▒███
 *
 * `·` is time in a queue or a wait for a batch or the rate limit, `▒` time in the sidecar, and `█`
 * time in the runtime. Below the rows are the envelopes that no hop follows.
 */
export function drawWaterfall(journey: Journey, options: WaterfallOptions): string {
  const rows = rowsOf(journey.roots);
  const layout = layOut(rows, options.width);
  const paint: Paint = (style, text) =>
    options.colour ? styleText(style, text, { validateStream: false }) : text;
  const lines = [
    paint('bold', title(journey, options.width)),
    axis(journey, layout, paint),
    ...rows.map((row) => drawRow(row, journey, layout, paint)),
    ...journey.pending.map((it) => paint('yellow', describePending(it, options.width))),
    paint('dim', legend(rows)),
  ];
  return `${lines.join('\n')}\n`;
}

const WAIT = '·';
const SIDECAR = '▒';
const RUNTIME = '█';

type Paint = (style: Parameters<typeof styleText>[0], text: string) => string;

interface Row {
  readonly step: Step;
  readonly name: string;
  readonly outcome: string;
}

/** Deeper rows are not indented further, so that their names stay readable. */
const MAX_INDENTED_DEPTH = 20;

/**
 * Creates a row for each step, followed by the rows of the steps that it led to. Another attempt
 * has the same indent as the attempt before it.
 */
function rowsOf(roots: readonly Step[]): Row[] {
  const rows: Row[] = [];
  const open = roots.toReversed().map((step) => ({ step, depth: 0 }));
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    const { step, depth } = at;
    const indent = '  '.repeat(Math.min(depth, MAX_INDENTED_DEPTH));
    rows.push({ step, name: `${indent}${nameOf(step)}`, outcome: outcomeOf(step) });
    for (const next of step.next.toReversed()) {
      open.push({ step: next, depth: next.via === 'retry' ? depth : depth + 1 });
    }
  }
  return rows;
}

function nameOf({ span, via, fanoutIndex }: Step): string {
  const actor = span.attributes.get(ATTRIBUTE.actor);
  if (actor === undefined) return `- ${printableLine(span.name)}`;
  const attempt = Number(span.attributes.get(ATTRIBUTE.attempt) ?? 1);
  const notes = [
    ...(attempt > 1 ? [String(attempt)] : []),
    ...(via === undefined || via === 'retry' ? [] : [via]),
  ];
  const index = fanoutIndex === undefined ? '' : ` [${fanoutIndex}]`;
  const name = `${printableLine(String(actor))}${index}`;
  return notes.length === 0 ? name : `${name} (${notes.join(', ')})`;
}

function outcomeOf({ span, pending }: Step): string {
  const { attributes, failed } = span;
  const outcome = attributes.get(ATTRIBUTE.outcome);
  const error = failed ? attributes.get(ATTRIBUTE.errorType) : undefined;
  const sent = pending.filter(({ isRepeated }) => !isRepeated);
  const [to, ...others] = sent.map(({ actor }) => actor);
  const target = others.length === 0 ? to : `${to}, …`;
  const parts = [
    outcome,
    error ?? attributes.get(ATTRIBUTE.outcomeReason),
    target && `→ ${target}`,
  ];
  return cut(
    printableLine(parts.filter((part) => part !== undefined).join(' ')),
    MAX_OUTCOME_WIDTH,
  );
}

interface Layout {
  readonly nameWidth: number;
  readonly outcomeWidth: number;
  readonly barWidth: number;
  readonly width: number;
}

const DURATION_WIDTH = 8;
/** `retry_spent redelivered_too_often` has 33 columns. */
const MAX_OUTCOME_WIDTH = 33;
const MIN_BAR_WIDTH = 20;

function layOut(rows: readonly Row[], width: number): Layout {
  const outcomeWidth = longest(rows.map(({ outcome }) => outcome));
  // The columns are separated by two spaces.
  const available = width - outcomeWidth - DURATION_WIDTH - MIN_BAR_WIDTH - 6;
  const nameWidth = Math.max(8, Math.min(longest(rows.map(({ name }) => name)), available));
  const barWidth = Math.max(MIN_BAR_WIDTH, width - nameWidth - outcomeWidth - DURATION_WIDTH - 6);
  return { nameWidth, outcomeWidth, barWidth, width };
}

function longest(texts: readonly string[]): number {
  return texts.reduce((most, { length }) => Math.max(most, length), 0);
}

/** A long id, which may be needed whole, has a line of its own. */
function title({ id, hops, traces, startMs, endMs }: Journey, width: number): string {
  const parts = [
    `${hops} ${hops === 1 ? 'hop' : 'hops'}`,
    ...(traces > 1 ? [`${traces} traces`] : []),
    formatDuration(endMs - startMs),
    new Date(startMs).toISOString(),
  ];
  const [first, rest] = [`journey ${printable(id)}`, parts.join(' · ')];
  const text = `${first} · ${rest}`;
  return text.length <= width ? text : `${first}\n  ${rest}`;
}

function axis({ startMs, endMs }: Journey, layout: Layout, paint: Paint): string {
  const left = layout.nameWidth + layout.outcomeWidth + DURATION_WIDTH + 6;
  const end = formatDuration(endMs - startMs);
  return paint('dim', `${' '.repeat(left)}0${end.padStart(layout.barWidth - 1)}`);
}

function drawRow(
  { step, name, outcome }: Row,
  journey: Journey,
  layout: Layout,
  paint: Paint,
): string {
  const { message } = step;
  const style = styleOf(step);
  const duration = formatDuration(step.span.endMs - step.span.startMs).padStart(DURATION_WIDTH);
  const columns = [
    paint(style, cut(name, layout.nameWidth).padEnd(layout.nameWidth)),
    paint(style, outcome.padEnd(layout.outcomeWidth)),
    duration,
    bar(step, journey, layout.barWidth),
  ];
  const row = columns.join('  ').trimEnd();
  if (message === undefined || message === '') return row;
  const indent = ' '.repeat(name.length - name.trimStart().length + 2);
  return `${row}\n${paint('dim', cut(`${indent}${printableLine(message)}`, layout.width))}`;
}

/** A give-back and a failed probe are not errors, but an attempt without a result. */
function styleOf({ span }: Step): 'red' | 'yellow' | 'reset' {
  if (span.failed) return 'red';
  return span.attributes.has(ATTRIBUTE.outcomeReason) ? 'yellow' : 'reset';
}

function legend(rows: readonly Row[]): string {
  const waits = [
    ...(rows.some(({ step }) => step.gathered !== undefined) ? ['for a batch'] : []),
    ...(rows.some(({ step }) => step.limited !== undefined) ? ['for the rate limit'] : []),
  ];
  const wait = ['in a queue', ...waits].join(', or ');
  return `${WAIT} ${wait}   ${SIDECAR} the sidecar   ${RUNTIME} the runtime`;
}

/** States only what the files contain: the hop may be in progress, or in another file. */
function describePending({ actor, sinceMs, isRepeated, count }: Pending, width: number): string {
  const subject = count === 1 ? 'waiting' : `${count} envelopes waiting`;
  const files = `no ${isRepeated ? 'later' : 'ended'} hop there in these files`;
  const since = new Date(sinceMs).toISOString().slice(11, 19);
  const text = `${subject} for ${printableLine(actor)} since ${since} UTC`;
  return oneLineOrTwo(text, ` (${files})`, width);
}

/** Breaks the line between the two texts if it does not fit. */
function oneLineOrTwo(first: string, second: string, width: number): string {
  const text = `${first}${second}`;
  return text.length <= width ? text : `${cut(first, width)}\n ${cut(second, width - 1)}`;
}

function bar(
  { span, wait, calls, gathered, limited }: Step,
  journey: Journey,
  width: number,
): string {
  const cells = Array.from({ length: width }, () => ' ');
  const scale = width / Math.max(journey.endMs - journey.startMs, Number.EPSILON);
  const fill = ({ startMs, endMs }: Interval, cell: string): void => {
    const from = Math.min(width - 1, Math.floor((startMs - journey.startMs) * scale));
    const to = Math.max(from + 1, Math.round((endMs - journey.startMs) * scale));
    cells.fill(cell, from, to);
  };
  if (wait !== undefined && (wait.endMs - wait.startMs) * scale >= 1) fill(wait, WAIT);
  fill(span, SIDECAR);
  if (gathered !== undefined) fill(gathered, WAIT);
  if (limited !== undefined) fill(limited, WAIT);
  for (const call of calls) fill(call, RUNTIME);
  return cells.slice(0, width).join('');
}

function cut(text: string, width: number): string {
  return text.length <= width ? text : `${truncate(text, width - 1)}…`;
}
