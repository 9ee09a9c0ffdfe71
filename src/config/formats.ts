import { isActorName } from '../envelope/actorName.ts';
import { formatAddress, parseAddress } from './address.ts';
import {
  BROKER_URLS_RULE,
  BrokerUrlError,
  maskPasswords,
  parseBrokerUrls,
} from './broker/brokerUrls.ts';
import { formatDuration, parseDuration } from './duration.ts';
import { formatSize, parseSize } from './size.ts';
import { MIB } from '../units.ts';

/** Node's timers fire at once when they are asked to wait longer than this. */
const MAX_TIMER_MS = 2 ** 31 - 1;
const MAX_SIZE_BYTES = 2 ** 31 - 1;
/**
 * A Unix socket's path has at most 104 bytes on macOS (108 on Linux), its closing zero included.
 */
const MAX_SOCKET_PATH_BYTES = 103;
/** AMQP has one byte for the length of a name, and two for the number of unsettled deliveries. */
const MAX_NAME_BYTES = 255;
const MAX_DELIVERIES = 65_535;

/** How a variable is read, checked and printed; convict takes the first two. */
interface Format {
  readonly coerce?: (text: string) => unknown;
  readonly validate: (value: unknown) => void;
  readonly print: (value: unknown) => string;
}

/** The formats of the variables; the keys are what the documentation calls them. */
export const FORMATS = {
  'actor name': text(
    'must be an actor\'s name: a letter or digit, then up to 199 letters, digits, ".", "_" or "-"',
    isActorName,
  ),
  text: text('must not be empty', (value) => value !== ''),
  'AMQP name': text(
    `must be a name of 1 to ${MAX_NAME_BYTES} bytes`,
    (value) => value !== '' && Buffer.byteLength(value) <= MAX_NAME_BYTES,
  ),
  path: text('must be a path', (value) => value !== '' && !value.includes('\0')),
  'database file': text(
    'must be the path of a file: :memory: and file: URLs are not shared by processes',
    (value) => value !== '' && !value.includes('\0') && !/^(:memory:$|file:)/i.test(value),
  ),
  'socket directory': text(
    `must be a directory whose asya-runtime.sock has a path of at most ${MAX_SOCKET_PATH_BYTES} bytes`,
    (value) =>
      value !== '' && Buffer.byteLength(`${value}/asya-runtime.sock`) <= MAX_SOCKET_PATH_BYTES,
  ),
  'metric prefix': text('must be letters, digits and "_", and not begin with a digit', (value) =>
    /^[A-Za-z_][A-Za-z0-9_]*$/.test(value),
  ),
  'AMQP URLs': {
    validate: (value) => validateBrokers(String(value)),
    print: (value) => maskPasswords(String(value)),
  },
  address: parsed(
    'must be an address like :8080, 127.0.0.1:0 or [::1]:9090',
    parseAddress,
    formatAddress,
  ),
  switch: parsed('must be true or false', parseSwitch),
  count: parsed('must be a whole number', parseCount),
  'count from 1': parsed('must be a whole number from 1', (value) => within(1, parseCount(value))),
  'count of deliveries': parsed(`must be a whole number from 1 to ${MAX_DELIVERIES}`, (value) =>
    within(1, parseCount(value), MAX_DELIVERIES),
  ),
  nesting: parsed(
    'must be a whole number from 2: a route is nested as deep in its envelope',
    (value) => within(2, parseCount(value)),
  ),
  'TCP port': parsed('must be a port from 1 to 65535', (value) =>
    within(1, parseCount(value), 65_535),
  ),
  size: parsed(
    'must be a size from 1 to 2147483647 bytes, like 16711680, 512KiB or 64MiB',
    (value) => within(1, parseSize(value), MAX_SIZE_BYTES),
    formatSize,
  ),
  // An error envelope has to fit, with its traceback and the start of its original.
  'message size': parsed(
    'must be a size from 1MiB to 2147483647 bytes, like 16711680 or 15MiB',
    (value) => within(MIB, parseSize(value), MAX_SIZE_BYTES),
    formatSize,
  ),
  duration: parsed(
    'must be a duration from 1ms to 596h, like 300ms or 1m30s',
    parseWholeMs,
    formatDuration,
  ),
  durations: parsed(
    'must be durations from 1ms to 596h, separated by commas, like 1s,30s,2m',
    (value) => parseList(value, parseWholeMs),
    (values) => values.map(formatDuration).join(','),
  ),
  names: parsed('must be names, separated by commas', (value) =>
    parseList(value, (name) => (name === '' ? undefined : name)),
  ),
} as const satisfies Record<string, Format>;

/** A variable that stays the text that it is. */
function text(
  rule: string,
  isValid: (value: string) => boolean,
  print: (value: string) => string = String,
): Format {
  return {
    validate: (value) => assert(typeof value === 'string' && isValid(value), value, rule),
    print: (value) => print(String(value)),
  };
}

/**
 * A variable that becomes something else; a text that breaks the rule stays one, and is told as it
 * was given.
 */
function parsed<T>(
  rule: string,
  parse: (text: string) => T | undefined,
  print: (value: T) => string = String,
): Format {
  return {
    coerce: (value) => parse(value) ?? value,
    validate: (value) => assert(typeof value !== 'string', value, rule),
    print: (value) => print(value as T), // it has been validated
  };
}

function assert(holds: boolean, value: unknown, rule: string): void {
  if (!holds) throw new Error(value === '' ? `is required, and ${rule}` : rule);
}

function validateBrokers(urls: string): void {
  try {
    parseBrokerUrls(urls);
  } catch (error) {
    if (!(error instanceof BrokerUrlError)) throw error;
    throw new Error(`${BROKER_URLS_RULE}: ${error.message}`, { cause: error });
  }
}

const SWITCH: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['1', true],
  ['false', false],
  ['0', false],
]);

function parseSwitch(text: string): boolean | undefined {
  return SWITCH.get(text.toLowerCase());
}

function parseCount(text: string): number | undefined {
  const count = /^\d+$/.test(text) ? Number(text) : undefined;
  return Number.isSafeInteger(count) ? count : undefined;
}

/** Rounded up to whole milliseconds, as timers and retry queues take no others. */
function parseWholeMs(text: string): number | undefined {
  const durationMs = within(1, parseDuration(text), MAX_TIMER_MS);
  return durationMs === undefined ? undefined : Math.ceil(durationMs);
}

function within(
  min: number,
  value: number | undefined,
  max = Number.MAX_SAFE_INTEGER,
): number | undefined {
  return value !== undefined && value >= min && value <= max ? value : undefined;
}

function parseList<T>(
  text: string,
  parse: (item: string) => T | undefined,
): readonly T[] | undefined {
  const items = text.split(',').map((item) => parse(item.trim()));
  return items.every((item) => item !== undefined) ? items : undefined;
}
