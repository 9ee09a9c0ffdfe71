import type { Handle, HandleBatch } from './actor/handle.ts';
import { parseDuration } from './duration.ts';
import { StartError } from './startError.ts';

/** Options of `serve`. Each one takes precedence over its environment variable. */
export interface ServeOptions {
  /** Handles one payload. */
  readonly handle?: Handle;
  /** Handles the payloads of a batch, for ASYA_BATCH_SIZE over 1. */
  readonly handleBatch?: HandleBatch;
  /**
   * Called once, before the runtime reports that it is ready: load the model here. A function that
   * it returns is called after the last call, when the runtime stops.
   */
  readonly setup?: () => unknown;
  /**
   * Folder of the Unix socket.
   *
   * @default ASYA_SOCKET_DIR, or /var/run/asya
   */
  readonly socketDir?: string;
  /**
   * Listens with HTTP over TCP instead of the Unix socket, for ASYA_RUNTIME_URL: `HOST:PORT`, or a
   * port on 127.0.0.1.
   */
  readonly listen?: string | number;
  /**
   * The largest number of concurrent calls. The others wait.
   *
   * @default no limit: the sidecar limits its calls
   */
  readonly concurrency?: number;
  /**
   * `envelope` answers frames with envelopes. HTTP and payloads need no setting: the first byte shows the protocol.
   *
   * @default ASYA_RUNTIME_PROTOCOL, or payload
   */
  readonly protocol?: 'payload' | 'http' | 'envelope';
  /**
   * Whether SIGTERM and SIGINT stop the runtime, and end the process with the exit code 0 after the
   * running calls. A second signal ends the process at once.
   *
   * @default true
   */
  readonly signals?: boolean;
  /**
   * The time that running calls have after `close` or a signal, in milliseconds.
   *
   * @default ASYA_SHUTDOWN_TIMEOUT (a duration such as 1m30s), or 30 s
   */
  readonly shutdownTimeoutMs?: number;
  /**
   * The largest request, in bytes.
   *
   * @default 256 MiB
   */
  readonly maxRequestBytes?: number;
  /** Decodes JSON. Replace it, with `stringify`, to keep numbers above 2^53. */
  readonly parse?: (text: string) => unknown;
  /** Encodes JSON. @default rejects values that JSON cannot carry, such as NaN */
  readonly stringify?: (value: unknown) => string | undefined;
  /**
   * Receives one line of JSON for each failed call, for the start and for the end.
   *
   * @default console.error
   */
  readonly log?: (line: string) => void;
}

export type Environment = Readonly<Record<string, string | undefined>>;

export interface Settings {
  readonly socketDir: string;
  readonly concurrency: number;
  readonly isEnvelope: boolean;
  readonly shutdownTimeoutMs: number;
  /** Host and port for HTTP over TCP, instead of the Unix socket. */
  readonly listen: { readonly host: string; readonly port: number } | undefined;
  /** Whether a frame of the protocol `payload` is an array of payloads. */
  readonly isBatched: boolean;
}

/** Reads the settings. @throws {StartError} naming the variable and the rule */
export function readSettings(options: ServeOptions, env: Environment): Settings {
  const batchSize = asCount(env['ASYA_BATCH_SIZE'], 'ASYA_BATCH_SIZE');
  return {
    socketDir: options.socketDir ?? (env['ASYA_SOCKET_DIR'] || '/var/run/asya'),
    concurrency: asCount(options.concurrency, 'concurrency') ?? Number.POSITIVE_INFINITY,
    listen: options.listen === undefined ? undefined : parseAddress(String(options.listen)),
    shutdownTimeoutMs:
      options.shutdownTimeoutMs ?? readDuration('ASYA_SHUTDOWN_TIMEOUT', env) ?? 30 * SECOND,
    isEnvelope: protocolOf(options, env) === 'envelope',
    isBatched: options.handle === undefined ? batchSize !== 1 : (batchSize ?? 1) > 1,
  };
}

const SECOND = 1000;

/** The longest delay of `setTimeout`, in milliseconds. */
const MAX_DELAY_MS = 2 ** 31 - 1;

/** In milliseconds. */
function readDuration(name: string, env: Environment): number | undefined {
  const text = env[name];
  if (text === undefined || text === '') return undefined;
  const durationMs = parseDuration(text);
  if (durationMs !== undefined) return Math.min(durationMs, MAX_DELAY_MS);
  throw new StartError(`${name} must be a duration such as 30s, not "${text}"`);
}

/** Parses `HOST:PORT` or a port. An IPv6 address is in brackets; no host is every address. */
function parseAddress(text: string): { host: string; port: number } {
  const [, v6, host = v6 ?? '127.0.0.1', port] =
    /^(?:(?:\[([^\]]+)\]|([^:[\]]*)):)?(\d{1,5})$/.exec(text) ?? [];
  if (port === undefined || Number(port) > MAX_PORT)
    throw new StartError(`the address to listen on must be HOST:PORT or a port, not "${text}"`);
  return { host: host === '' ? '::' : host, port: Number(port) };
}

const MAX_PORT = 65_535;

const PROTOCOLS: ReadonlySet<string> = new Set(['payload', 'http', 'envelope']);

function protocolOf({ protocol }: ServeOptions, env: Environment): string {
  const name = protocol === undefined ? 'ASYA_RUNTIME_PROTOCOL' : 'protocol';
  const value = protocol ?? (env['ASYA_RUNTIME_PROTOCOL'] || 'payload');
  if (PROTOCOLS.has(value)) return value;
  throw new StartError(`${name} must be payload, http or envelope, not "${value}"`);
}

function asCount(value: string | number | undefined, name: string): number | undefined {
  if (value === undefined || value === '') return undefined;
  const count = Number(value);
  if (Number.isSafeInteger(count) && count >= 1) return count;
  throw new StartError(`${name} must be an integer, 1 or more, not "${value}"`);
}
