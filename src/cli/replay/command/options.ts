import { UsageError } from '../../command/exit.ts';
import type { Option } from '../../command/usage.ts';
import {
  FILTER_OPTIONS,
  readFilter,
  requireFilter,
  type ErrorFilter,
} from '../../errorQueue/filter.ts';
import { parseDurationOption } from '../../input/durationOption.ts';
import { readEdits } from '../edits/editOptions.ts';
import type { Edits } from '../edits/edits.ts';
import type { CanarySettings } from '../replay.ts';
import { readRate, type Rate } from '../rate.ts';

export const REPLAY_OPTIONS = {
  ...FILTER_OPTIONS,
  all: { type: 'boolean', doc: 'Selects all messages.' },
  from: {
    type: 'string',
    value: 'FILE',
    doc: `Replays the messages in a file of "errors export" or "errors discard" instead, without a
      filter or --all; "-" is standard input. The file is not changed: a second run sends them again.`,
  },
  parked: { type: 'boolean', doc: "Reads error-end's parked queue instead." },
  limit: { type: 'string', value: 'N', doc: 'Replays at most N messages.' },
  set: {
    type: 'string',
    value: 'POINTER=JSON',
    multiple: true,
    doc: `Sets a value of each original: a JSON Pointer (RFC 6901) to /payload, or below /payload or
      /headers, and its new value. The parent must exist; "-" appends to an array. All other bytes
      stay.`,
  },
  to: {
    type: 'string',
    value: 'ACTOR',
    doc: `Continues each route at this actor. If it occurs several times, the first one at or after the
      position of the envelope is meant, or else the last one before it.`,
  },
  route: {
    type: 'string',
    value: 'ACTOR,…',
    doc: 'Replaces each route; the envelope goes to the first actor.',
  },
  rate: {
    type: 'string',
    value: 'N/s',
    doc: 'Publishes at most N messages a second (N/s), minute (N/m) or hour (N/h), evenly spaced.',
  },
  canary: {
    type: 'boolean',
    doc: `Sends one message and waits for the end of its journey. The others follow only when all its
      leaves have reached happy-end. The exit code is 1 when it failed, 3 without an answer in time.
      Its answer goes to this command, not to a producer that still waits for it.`,
  },
  'canary-wait': {
    type: 'string',
    value: 'DURATION',
    doc: 'The time for the journey of the canary; twice ASYA_RUNTIME_TIMEOUT by default.',
  },
  'dry-run': { type: 'boolean', doc: 'Prints the messages that would be replayed.' },
  json: { type: 'boolean', doc: 'Prints one JSON object for each message.' },
} as const satisfies Record<string, Option>;

type ReplayOptionName = keyof typeof REPLAY_OPTIONS;

/** The arguments of a command that has `REPLAY_OPTIONS`. */
export interface ReplayArguments {
  has(name: ReplayOptionName): boolean;
  valueOf(name: ReplayOptionName): string | undefined;
  countOf(name: ReplayOptionName): number | undefined;
  valuesOf(name: ReplayOptionName): readonly string[];
}

/** The options of one run of `errors replay`. */
export interface ReplayOptions {
  readonly filter: ErrorFilter;
  readonly isParked: boolean;
  /** `-` is standard input; undefined for the queue. */
  readonly file: string | undefined;
  readonly edits: Edits;
  readonly rate: Rate | undefined;
  /** Undefined without a canary. */
  readonly canary: CanarySettings | undefined;
  readonly dryRun: boolean;
  readonly json: boolean;
}

/**
 * @param nowMs the time from which ages are counted
 * @throws {UsageError}
 */
export function readReplayOptions(args: ReplayArguments, nowMs: number): ReplayOptions {
  const filter = readFilter(args, nowMs);
  const dryRun = args.has('dry-run');
  const file = args.valueOf('from');
  if (file === '') throw new UsageError('--from must not be empty');
  if (file !== undefined && args.has('parked')) {
    throw new UsageError('--from and --parked exclude each other');
  }
  const mayBeUnfiltered = file !== undefined || dryRun;
  if (!mayBeUnfiltered || args.has('all')) requireFilter(filter, args.has('all'));
  const rate = args.valueOf('rate');
  return {
    filter,
    isParked: args.has('parked'),
    file,
    edits: readEdits({
      set: args.valuesOf('set'),
      to: args.valueOf('to'),
      route: args.valueOf('route'),
    }),
    rate: rate === undefined ? undefined : readRate(rate),
    canary: readCanary(args),
    dryRun,
    json: args.has('json'),
  };
}

function readCanary(args: ReplayArguments): CanarySettings | undefined {
  const waitMs = parseDurationOption('--canary-wait', args.valueOf('canary-wait'));
  if (args.has('canary')) return { waitMs };
  if (waitMs !== undefined) throw new UsageError('--canary-wait needs --canary');
  return undefined;
}
