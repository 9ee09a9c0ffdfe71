import { once } from 'node:events';
import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Socket } from 'node:net';
import { formatAddress, type Address } from '../../../config/formats/address.ts';
import { messageOf } from '../../../faults.ts';
import { KIB, MINUTE, SECOND } from '../../../units.ts';
import { CommandError } from '../../command/exit.ts';
import { ApiHandler, type ApiOptions, type RequestUrl } from './http/apiHandler.ts';
import { sendProblem } from './http/answer.ts';
import {
  pageFolder,
  readStaticFiles,
  sendStaticFile,
  sendText,
  type StaticFiles,
} from './http/staticFiles.ts';
import { RequestError } from './routes/requestError.ts';
import { crossSiteRefusal, tokenRefusal } from './security/access.ts';
import type { OwnAddress } from './security/ownAddress.ts';
import { SECURITY_HEADERS } from './security/securityHeaders.ts';

export interface UiServerOptions extends Omit<ApiOptions, 'stallTimeoutMs'> {
  readonly address: Address;
  /** The certificate and its key in PEM; absent for HTTP. */
  readonly tls?: TlsFiles;
  readonly own: OwnAddress;
  /** The token of each request to `/api/`. */
  readonly token: string;
  /**
   * The folder of the page's files.
   * @default the folder that `npm run build` creates
   */
  readonly folder?: string;
  /** @default `TIMEOUTS` */
  readonly timeouts?: Timeouts;
  /**
   * A client that reads nothing of an answer is disconnected within this time.
   * @default 60 s
   */
  readonly stallTimeoutMs?: number;
}

type Timeouts = Pick<
  ServerOptions,
  'headersTimeout' | 'requestTimeout' | 'connectionsCheckingInterval'
>;

export interface TlsFiles {
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** The server of the page. */
export interface UiServer {
  /** The port that the server listens on, even if the operating system has chosen it. */
  readonly port: number;
  /**
   * Stops all requests, and closes all connections. Resolves within two seconds. A second call has
   * no effect.
   */
  close(): Promise<void>;
}

/** More than several browsers need; each has six connections. */
const MAX_CONNECTIONS = 256;
/** A browser opens another connection after these. They bound what a client can pipeline. */
const MAX_CONNECTION_REQUESTS = 100;
const STALL_TIMEOUT_MS = MINUTE;
/** How long an action may take to leave its queue in order when the server ends. */
const STOP_TIMEOUT_MS = 1.5 * SECOND;

/** A client that sends slowly, or nothing, holds no connection for longer. */
const TIMEOUTS: Timeouts = {
  headersTimeout: 10 * SECOND,
  requestTimeout: 60 * SECOND,
  connectionsCheckingInterval: 5 * SECOND,
};

/** @throws {CommandError} when the server cannot listen on its address */
export async function openUiServer(options: UiServerOptions): Promise<UiServer> {
  const { stallTimeoutMs = STALL_TIMEOUT_MS } = options;
  const api = new ApiHandler({ ...options, stallTimeoutMs });
  const listener = createListener(api, options);
  const server = createHttpServer(listener, options);
  server.maxConnections = MAX_CONNECTIONS;
  server.maxRequestsPerSocket = MAX_CONNECTION_REQUESTS;
  // At the first time-out after a write, Node counts the part that the kernel took as progress.
  server.setTimeout(stallTimeoutMs / 2, disconnectStalled);
  const port = await listen(server, options.address);
  return { port, close: () => close(server, api) };
}

type Listener = (request: IncomingMessage, response: ServerResponse) => void;

function createHttpServer(
  listener: Listener,
  { tls, timeouts = TIMEOUTS }: Pick<UiServerOptions, 'tls' | 'timeouts'>,
): Server {
  const limits = { maxHeaderSize: 16 * KIB, keepAliveTimeout: 10 * SECOND, ...timeouts };
  if (tls === undefined) return createServer(limits, listener);
  return createTlsServer({ ...limits, ...tls, handshakeTimeout: 10 * SECOND }, listener);
}

function createListener(
  api: ApiHandler,
  { own, token, folder = pageFolder() }: UiServerOptions,
): Listener {
  const files = readStaticFiles(folder);
  return (request, response) => {
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) response.setHeader(name, value);
    response.on('error', () => response.destroy());
    const url = readUrl(request);
    const isFile = !url.path.startsWith('/api/');
    const refusal = crossSiteRefusal(request, { own, isFile });
    if (isFile) {
      if (refusal !== undefined) sendText(response, refusal.status, `${refusal.reason}\n`);
      else sendPage(request, response, { files, path: url.path });
      return;
    }
    response.setHeader('cache-control', 'no-store');
    const problem = refusal ?? tokenRefusal(request.headers, token);
    if (problem === undefined) api.handle(request, response, url);
    else refuse(response, new RequestError(problem.status, problem.reason));
  };
}

function readUrl({ url = '/' }: IncomingMessage): RequestUrl {
  const [path = '/', ...rest] = url.split('?');
  return { path, query: new URLSearchParams(rest.join('?')) };
}

function sendPage(
  request: IncomingMessage,
  response: ServerResponse,
  page: { readonly files: StaticFiles; readonly path: string },
): void {
  const { method = '' } = request;
  if (method === 'GET' || method === 'HEAD') {
    sendStaticFile(request, response, page);
    return;
  }
  response.setHeader('allow', 'GET, HEAD');
  sendText(response, 405, `${method} is not allowed for ${page.path}\n`);
}

/** The body of a refused request is not read. */
function refuse(response: ServerResponse, error: RequestError): void {
  if (error.status === 401) response.setHeader('www-authenticate', 'Bearer');
  response.setHeader('connection', 'close');
  sendProblem(response, error);
}

/** @param socket nothing was sent or received for the time-out; an answer may take longer */
function disconnectStalled(socket: Socket): void {
  if (socket.writableLength > 0) socket.destroy();
}

async function listen(server: Server, address: Address): Promise<number> {
  server.listen({ host: address.host, port: address.port });
  try {
    await once(server, 'listening');
  } catch (error) {
    throw new CommandError(describeListenError(error, address), { cause: error });
  }
  const bound = server.address();
  return typeof bound === 'object' && bound !== null ? bound.port : address.port;
}

function describeListenError(error: unknown, address: Address): string {
  const name = formatAddress(address);
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code !== 'EADDRINUSE') return `--listen: cannot listen on ${name}: ${messageOf(error)}`;
  const other = formatAddress({ ...address, port: nextPort(address.port) });
  return `--listen: ${name} is in use; choose another port, such as --listen ${other}`;
}

function nextPort(port: number): number {
  return port < 65_535 ? port + 1 : port - 1;
}

async function close(server: Server, api: ApiHandler): Promise<void> {
  if (!server.listening) return;
  const closed = once(server, 'close');
  server.close();
  const { promise: timeout, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, STOP_TIMEOUT_MS);
  await Promise.race([api.stop(), timeout]);
  clearTimeout(timer);
  server.closeAllConnections();
  await closed;
}
