import { ProblemError, ServerLost } from './errors.ts';
import { readLines } from './readLines.ts';

const SECOND = 1_000;
/** The server sends a heartbeat every 5 s. */
const SILENCE_MS = 15 * SECOND;
const HEARTBEAT = '{}';

export interface ClientOptions {
  readonly token: string;
  /** Such as `location.origin`. */
  readonly origin: string;
  /** A stream without any byte for this time has lost its server. @default 15 s */
  readonly silenceMs?: number;
}

export interface RequestOptions {
  readonly signal?: AbortSignal;
}

export interface StreamOptions<Event> extends RequestOptions {
  /** The body of a POST request; without it, the request is a GET. */
  readonly body?: unknown;
  /** Called when the server has accepted the request. */
  readonly onOpen?: () => void;
  /** Called with each line but the heartbeats; the next line is read after it resolves. */
  readonly onEvent: (event: Event) => void | Promise<void>;
}

/**
 * The requests of the page. They reject with a `ProblemError` if the server refuses the request,
 * with a `ServerLost` if it does not answer, and with the signal's reason after an abort. The type
 * parameters are types of the contracts: the page and its server have one version.
 */
export interface Client {
  readonly origin: string;
  get<Answer>(path: string, options?: RequestOptions): Promise<Answer>;
  post<Answer>(path: string, body: unknown, options?: RequestOptions): Promise<Answer>;
  /** Resolves to the answer of a POST request as a file. */
  download(path: string, body: unknown, options?: RequestOptions): Promise<Blob>;
  /** Reads an answer of NDJSON. Resolves at its end; after an abort, it resolves to `aborted`. */
  stream<Event>(path: string, options: StreamOptions<Event>): Promise<'ended' | 'aborted'>;
}

export function createClient(options: ClientOptions): Client {
  const { token, origin, silenceMs = SILENCE_MS } = options;
  const connection: Connection = { token, origin, silenceMs };
  return {
    origin,
    get: (path, { signal } = {}) => readJson(connection, path, { signal }),
    post: (path, body, { signal } = {}) => readJson(connection, path, { body, signal }),
    download: async (path, body, { signal } = {}) => {
      const response = await send(connection, path, { body, signal });
      return await orLost(response.blob(), origin, signal);
    },
    stream: (path, streamOptions) => readStream(connection, path, streamOptions),
  };
}

interface Connection {
  readonly token: string;
  readonly origin: string;
  readonly silenceMs: number;
}

interface Request {
  readonly body?: unknown;
  readonly signal: AbortSignal | undefined;
}

async function send(connection: Connection, path: string, request: Request): Promise<Response> {
  const { token, origin } = connection;
  const { body, signal } = request;
  const hasBody = body !== undefined;
  const answer = fetch(new URL(path, origin), {
    headers: {
      authorization: `Bearer ${token}`,
      ...(hasBody ? { 'content-type': 'application/json' } : {}),
    },
    ...(hasBody ? { method: 'POST', body: JSON.stringify(body) } : {}),
    ...(signal === undefined ? {} : { signal }),
    cache: 'no-store',
    credentials: 'omit',
    redirect: 'error',
  });
  const response = await orLost(answer, origin, signal);
  if (!response.ok) throw await readProblem(response);
  return response;
}

async function readJson<Answer>(
  connection: Connection,
  path: string,
  request: Request,
): Promise<Answer> {
  const response = await send(connection, path, request);
  const text = await orLost(response.text(), connection.origin, request.signal);
  try {
    return JSON.parse(text) as Answer;
  } catch {
    throw new ProblemError(response.status, { error: 'the answer of the server is not JSON' });
  }
}

async function readStream<Event>(
  connection: Connection,
  path: string,
  { body, signal, onOpen, onEvent }: StreamOptions<Event>,
): Promise<'ended' | 'aborted'> {
  const silence = new AbortController();
  const stop = signal === undefined ? silence.signal : AbortSignal.any([signal, silence.signal]);
  const isAborted = (): boolean => signal?.aborted === true;
  const onLine = async (line: string): Promise<void> => {
    if (line !== HEARTBEAT && !stop.aborted) await onEvent(JSON.parse(line) as Event);
  };
  const limit = limitSilence(connection, silence);
  try {
    const response = await limit(send(connection, path, { body, signal: stop }));
    onOpen?.();
    const awaitPart = <Value>(part: Promise<Value>): Promise<Value> =>
      limit(orLost(part, connection.origin, stop));
    await readLines(response, { awaitPart, onLine });
  } catch (error) {
    if (!isAborted()) throw error;
  }
  return isAborted() ? 'aborted' : 'ended';
}

/** Aborts the request when the promise takes too long. */
function limitSilence({ origin, silenceMs }: Connection, silence: AbortController) {
  return async <Value>(promise: Promise<Value>): Promise<Value> => {
    const timer = setTimeout(() => silence.abort(new ServerLost(origin)), silenceMs);
    return await promise.finally(() => clearTimeout(timer));
  };
}

/** Replaces the error of a lost connection, which browsers report as a `TypeError`. */
async function orLost<Value>(
  value: Promise<Value>,
  origin: string,
  signal: AbortSignal | undefined,
): Promise<Value> {
  try {
    return await value;
  } catch (error) {
    throw signal?.aborted === true ? signal.reason : new ServerLost(origin, { cause: error });
  }
}

async function readProblem(response: Response): Promise<ProblemError> {
  const { status, statusText } = response;
  const problem: unknown = await response.json().catch(() => undefined);
  const isProblem = typeof problem === 'object' && problem !== null;
  const error =
    isProblem && 'error' in problem && typeof problem.error === 'string'
      ? problem.error
      : `the server answered ${status} ${statusText}`.trim();
  const field = isProblem && 'field' in problem ? problem.field : undefined;
  return new ProblemError(status, { error, ...(typeof field === 'string' ? { field } : {}) });
}
