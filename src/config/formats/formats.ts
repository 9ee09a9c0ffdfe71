import { isActorName } from '../../envelope/actorName.ts';
import { formatAddress, parseAddress } from './address.ts';
import { BROKER_URLS_RULE, BrokerUrlError, maskPasswords, parseBrokerUrls } from './brokerUrls.ts';
import { formatDuration, parseDuration } from './duration.ts';
import { formatRateLimit, MAX_RATE_LIMIT_COUNT, parseRateLimit } from './rateLimit.ts';
import { formatSize, parseSize } from './size.ts';
import {
  MAX_SOCKET_PATH_BYTES,
  parseRuntimeUrl,
  printRuntimeUrl,
  RUNTIME_URL_RULE,
  RuntimeUrlError,
} from '../runtime/runtimeUrl.ts';
import { MIB } from '../../units.ts';

/** A longer delay makes Node's timers fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;
const MAX_SIZE_BYTES = 2 ** 31 - 1;
/** AMQP encodes the length of a name in one byte, and the prefetch count in two. */
const MAX_NAME_BYTES = 255;
export const MAX_PREFETCH = 65_535;

/** Parses, validates and prints a variable. convict calls `coerce`, then `validate`. */
interface Format {
  readonly coerce?: (text: string) => unknown;
  readonly validate: (value: unknown) => void;
  readonly print: (value: unknown) => string;
}

/** The formats of the variables, by their name in the documentation. */
export const FORMATS = {
  'actor name': text(
    'must be an actor name: a letter or digit, then up to 199 letters, digits, ".", "_" or "-"',
    isActorName,
  ),
  string: text('must not be empty', (value) => value !== ''),
  'AMQP name': text(
    `must be a name of 1 to ${MAX_NAME_BYTES} bytes`,
    (value) => value !== '' && Buffer.byteLength(value) <= MAX_NAME_BYTES,
  ),
  path: text('must be a path', (value) => value !== '' && !value.includes('\0')),
  'database file': text(
    'must be the path of a file; processes cannot share :memory: and file: URLs',
    (value) => value !== '' && !value.includes('\0') && !/^(:memory:$|file:)/i.test(value),
  ),
  'socket directory': text(
    `must be a directory in which the path of asya-runtime.sock has at most ${MAX_SOCKET_PATH_BYTES} bytes`,
    (value) =>
      value !== '' && Buffer.byteLength(`${value}/asya-runtime.sock`) <= MAX_SOCKET_PATH_BYTES,
  ),
  'runtime URL': {
    validate: (value) => validateRuntimeUrl(String(value)),
    print: (value) => printRuntimeUrl(String(value)),
  },
  'request path': text(
    'must be a path with an optional query, like /health, that begins with "/" and consists of at most 1024 ASCII characters',
    (value) => /^\/[\x21-\x7e]{0,1023}$/.test(value) && !value.includes('#'),
  ),
  'metric prefix': text(
    'must consist of letters, digits and "_", and not begin with a digit',
    (value) => /^[A-Za-z_][A-Za-z0-9_]*$/.test(value),
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
  boolean: parsed('must be true or false', parseBoolean),
  integer: parsed('must be a non-negative integer', parseInteger),
  'positive integer': parsed('must be a positive integer', (value) =>
    within(1, parseInteger(value)),
  ),
  'integer from 1 to 65535': parsed(`must be an integer from 1 to ${MAX_PREFETCH}`, (value) =>
    within(1, parseInteger(value), MAX_PREFETCH),
  ),
  'integer from 2': parsed(
    'must be an integer of at least 2, the nesting depth of a route in its envelope',
    (value) => within(2, parseInteger(value)),
  ),
  'TCP port': parsed('must be a port from 1 to 65535', (value) =>
    within(1, parseInteger(value), 65_535),
  ),
  size: parsed(
    'must be a size from 1 to 2147483647 bytes, like 16711680, 512KiB or 64MiB',
    (value) => within(1, parseSize(value), MAX_SIZE_BYTES),
    formatSize,
  ),
  // An error envelope with a full traceback must fit into the smallest limit.
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
  'rate limit': parsed(
    `must be a count and a duration, like 100/1m; the count from 1 to ${MAX_RATE_LIMIT_COUNT}, the duration from 1ms to 596h`,
    (value) => {
      const limit = parseRateLimit(value);
      return within(1, limit?.windowMs, MAX_TIMER_MS) === undefined ? undefined : limit;
    },
    formatRateLimit,
  ),
  'error rate': parsed('must be a number above 0 and at most 1, like 0.5', parseShare),
  'list of durations': parsed(
    'must be durations from 1ms to 596h, separated by commas, like 1s,30s,2m',
    (value) => parseList(value, parseWholeMs),
    (values) => values.map(formatDuration).join(','),
  ),
  'list of names': parsed('must be names, separated by commas', (value) =>
    parseList(value, (name) => (name === '' ? undefined : name)),
  ),
} as const satisfies Record<string, Format>;

/** The format of a variable whose value remains a string. */
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
 * The format of a variable whose text is parsed. A text that cannot be parsed remains a string, so
 * that the error shows it as it was set.
 */
function parsed<T>(
  rule: string,
  parse: (text: string) => T | undefined,
  print: (value: T) => string = String,
): Format {
  return {
    coerce: (value) => parse(value) ?? value,
    validate: (value) => assert(typeof value !== 'string', value, rule),
    print: (value) => print(value as T), // a validated value has been parsed
  };
}

function assert(isValid: boolean, value: unknown, rule: string): void {
  if (!isValid) throw new Error(value === '' ? `is required, and ${rule}` : rule);
}

function validateBrokers(urls: string): void {
  try {
    parseBrokerUrls(urls);
  } catch (error) {
    if (!(error instanceof BrokerUrlError)) throw error;
    throw new Error(`${BROKER_URLS_RULE}: ${error.message}`, { cause: error });
  }
}

function validateRuntimeUrl(url: string): void {
  try {
    parseRuntimeUrl(url);
  } catch (error) {
    if (!(error instanceof RuntimeUrlError)) throw error;
    throw new Error(`${RUNTIME_URL_RULE}: ${error.message}`, { cause: error });
  }
}

const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['1', true],
  ['false', false],
  ['0', false],
]);

function parseBoolean(text: string): boolean | undefined {
  return BOOLEANS.get(text.toLowerCase());
}

function parseInteger(text: string): number | undefined {
  const count = /^\d+$/.test(text) ? Number(text) : undefined;
  return Number.isSafeInteger(count) ? count : undefined;
}

/** A share that is not 0. An error rate of 0 is ambiguous: always open, or off. */
function parseShare(text: string): number | undefined {
  const share = /^\d*\.?\d+$/.test(text) ? Number(text) : undefined;
  return share === 0 ? undefined : within(0, share, 1);
}

/** Rounds up to whole milliseconds, which timers and retry queues require. */
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
