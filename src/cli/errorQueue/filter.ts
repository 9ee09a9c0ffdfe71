import { UsageError } from '../command/exit.ts';
import type { Option } from '../command/usage.ts';
import { parseTimeOption } from '../input/timeOption.ts';
import { ERROR_CODES, timeOfFailure, type FailedMessage } from '../failures/failedMessage.ts';

/** The options that select failed messages, the same for all commands. */
export const FILTER_OPTIONS = {
  id: {
    type: 'string',
    value: 'ID',
    multiple: true,
    doc: 'Selects the envelope with this id.',
  },
  journey: {
    type: 'string',
    value: 'ID',
    multiple: true,
    doc: 'Selects the envelopes of the journey with this id.',
  },
  actor: {
    type: 'string',
    value: 'ACTOR',
    multiple: true,
    doc: 'Selects messages that failed at this actor.',
  },
  code: {
    type: 'string',
    value: 'CODE',
    multiple: true,
    doc: 'Selects messages with this fault code.',
  },
  text: {
    type: 'string',
    value: 'TEXT',
    multiple: true,
    doc: 'Selects messages whose error text contains TEXT, in any case.',
  },
  since: {
    type: 'string',
    value: 'TIME',
    doc: 'Selects messages that failed at TIME or later: 2026-11-29T15:00:00Z, or an age (2h, 3d).',
  },
  until: {
    type: 'string',
    value: 'TIME',
    doc: 'Selects messages that failed before TIME.',
  },
  limit: {
    type: 'string',
    value: 'N',
    doc: 'Selects at most N messages, the first of the queue.',
  },
} as const satisfies Record<string, Option>;

type FilterName = keyof typeof FILTER_OPTIONS;

/** The arguments of a command that has the filters among its options. */
export interface FilterArguments {
  valueOf(name: FilterName): string | undefined;
  countOf(name: FilterName): number | undefined;
  valuesOf(name: FilterName): readonly string[];
}

/** Paragraphs about the filters, for the description of a command. */
export const FILTER_DESCRIPTION = [
  `A message must match every filter. A filter that is repeated matches any of its values. A
    message that does not contain the time of its failure counts by the time of its publish.`,
  `CODE is one of ${ERROR_CODES.join(', ')}.`,
] as const;

/** A paragraph about `--id`, for the description of a command that acts on the messages. */
export const MISSING_ID_DESCRIPTION = `The exit code is 1 if no message with an ID of --id matches;
    the other filters may match nothing.`;

/** Selects failed messages. */
export interface ErrorFilter {
  /** Whether an option other than `--limit` is set. */
  readonly isSet: boolean;
  /** The ids of `--id`; empty without it. */
  readonly ids: readonly string[];
  /** The largest number of messages to select; Infinity without `--limit`. */
  readonly limit: number;
  matches(message: FailedMessage): boolean;
}

/**
 * Reads the filters of a command.
 * @param nowMs the time from which ages are counted
 * @throws {UsageError} naming the option and its rule
 */
export function readFilter(args: FilterArguments, nowMs: number): ErrorFilter {
  const conditions = [
    anyOf(args, 'id', (message, id) => message.id === id),
    anyOf(args, 'journey', (message, journey) => message.journey === journey),
    anyOf(args, 'actor', (message, actor) => message.actor === actor),
    anyOf(args, 'code', (message, code) => message.code === code),
    anyOf(args, 'text', containsText),
    ...readPeriod(args, nowMs),
  ].filter((condition) => condition !== undefined);
  checkCodes(args.valuesOf('code'));
  return {
    isSet: conditions.length > 0,
    ids: args.valuesOf('id'),
    limit: args.countOf('limit') ?? Number.POSITIVE_INFINITY,
    matches: (message) => conditions.every((condition) => condition(message)),
  };
}

/**
 * A command that removes messages from the queue needs a filter, so that a forgotten one does not
 * select every message.
 * @throws {UsageError} unless exactly one of a filter and `--all` is set
 */
export function requireFilter(filter: ErrorFilter, all: boolean): void {
  if (filter.isSet && all) throw new UsageError('--all and a filter exclude each other');
  if (!filter.isSet && !all) {
    throw new UsageError('a filter or --all is required (--limit alone is not a filter)');
  }
}

type Condition = (message: FailedMessage) => boolean;

/** @throws {UsageError} for an empty value, which an unset variable of a shell leaves */
function anyOf(
  args: FilterArguments,
  name: FilterName,
  matches: (message: FailedMessage, value: string) => boolean,
): Condition | undefined {
  const values = args.valuesOf(name);
  if (values.includes('')) throw new UsageError(`--${name} must not be empty`);
  if (values.length === 0) return undefined;
  return (message) => values.some((value) => matches(message, value));
}

function containsText({ text }: FailedMessage, part: string): boolean {
  return text.toLowerCase().includes(part.toLowerCase());
}

/** A message without any time matches no period. */
function readPeriod(args: FilterArguments, nowMs: number): readonly Condition[] {
  const timeOf = (name: 'since' | 'until'): number | undefined => {
    const text = args.valueOf(name);
    return text === undefined ? undefined : parseTimeOption(`--${name}`, text, nowMs);
  };
  const sinceMs = timeOf('since');
  const untilMs = timeOf('until');
  if (sinceMs === undefined && untilMs === undefined) return [];
  if (sinceMs !== undefined && untilMs !== undefined && sinceMs >= untilMs) {
    throw new UsageError('--since must be earlier than --until');
  }
  const from = sinceMs ?? Number.NEGATIVE_INFINITY;
  const to = untilMs ?? Number.POSITIVE_INFINITY;
  return [
    (message) => {
      const timeMs = timeOfFailure(message);
      return timeMs !== undefined && timeMs >= from && timeMs < to;
    },
  ];
}

/** @throws {UsageError} naming all codes */
function checkCodes(codes: readonly string[]): void {
  const unknown = codes.find((code) => !ERROR_CODES.includes(code));
  if (unknown === undefined) return;
  throw new UsageError(`--code must be one of ${ERROR_CODES.join(', ')}, not "${unknown}"`);
}
