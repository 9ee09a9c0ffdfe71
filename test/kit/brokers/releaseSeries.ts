import { messageOf } from '../../../src/faults.ts';

/** The release series of RabbitMQ that the tests know; `default` is the RabbitMQ of the machine. */
export type ReleaseSeries = 'default' | KnownSeries;
type KnownSeries = '3.10' | '4.0' | '4.3';

/** The Debian suite that has a release series of RabbitMQ, and its folder in the cache. */
export interface Release {
  readonly suite: string;
  readonly folder: string;
  /** The prefix of the RabbitMQ version that the suite must have. */
  readonly version: string;
  /** Deprecated features that this release series permits. The tests deny them. */
  readonly deprecated: readonly string[];
}

export const RELEASES: Readonly<Record<KnownSeries, Release>> = {
  '3.10': { suite: 'bookworm', folder: 'rabbitmq3.10', version: '3.10.', deprecated: [] },
  '4.0': {
    suite: 'trixie',
    folder: 'rabbitmq4',
    version: '4.0.',
    // Not `transient_nonexcl_queues`: where it is denied, 4.0.5 with a queue does not start again.
    deprecated: ['amqp_address_v1', 'global_qos', 'queue_master_locator', 'ram_node_type'],
  },
  '4.3': {
    suite: 'sid',
    folder: 'rabbitmq4.3',
    version: '4.3.',
    deprecated: ['transient_nonexcl_queues'],
  },
};

/**
 * Parses the number of a release series.
 * @throws an error whose message lists the known numbers
 */
export function parseReleaseSeries(text: string): ReleaseSeries {
  if (text === 'default' || isKnown(text)) return text;
  const known = Object.keys(RELEASES).join(', ');
  throw new Error(`"${text}" is not a known release series of RabbitMQ; known are ${known}`);
}

/** A command line, separated into the release series that it names and the other words. */
export interface SeriesOptions {
  /** In the order of the command line; empty if it names none. */
  readonly series: readonly ReleaseSeries[];
  readonly words: readonly string[];
}

// An abbreviated commit has more than two digits.
const NUMBER = /^\d{1,2}(?:\.\d+)*$/;
const OPTION = /^--rabbitmq(4?)(?:=(.*))?$/;

/**
 * Finds the options that name a release series. The number is optional:
 *
 *   --rabbitmq          the RabbitMQ of the machine
 *   --rabbitmq 4.3      that release series; also --rabbitmq=4.3
 *   --rabbitmq4         4.0; --rabbitmq4 4.3 is the same as --rabbitmq 4.3
 *
 * @throws an error whose message lists the known numbers
 */
export function parseSeriesOptions(commandLine: readonly string[]): SeriesOptions {
  const series: ReleaseSeries[] = [];
  const words: string[] = [];
  for (let index = 0; index < commandLine.length; index++) {
    const word = commandLine[index] ?? '';
    const option = OPTION.exec(word);
    if (option === null) {
      words.push(word);
      continue;
    }
    const next = commandLine[index + 1] ?? '';
    const isNumbered = option[2] === undefined && NUMBER.test(next);
    if (isNumbered) index++;
    const unnumbered = option[1] === '4' ? '4.0' : 'default';
    series.push(parseReleaseSeries(option[2] ?? (isNumbered ? next : unnumbered)));
  }
  return { series, words };
}

/** Reads the options of this process. A wrong one ends it with one line and the exit code 2. */
export function readSeriesOptions(): SeriesOptions {
  try {
    return parseSeriesOptions(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n`);
    process.exit(2);
  }
}

/** Reads the options of a program that uses one release series: the last one that is named. */
export function readReleaseSeries(): {
  readonly series: ReleaseSeries;
  readonly words: readonly string[];
} {
  const { series, words } = readSeriesOptions();
  return { series: series.at(-1) ?? 'default', words };
}

function isKnown(text: string): text is KnownSeries {
  return Object.hasOwn(RELEASES, text);
}
