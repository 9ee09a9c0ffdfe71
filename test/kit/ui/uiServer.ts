import { request as sendRequest, type IncomingHttpHeaders } from 'node:http';
import { request as sendTlsRequest } from 'node:https';
import { text } from 'node:stream/consumers';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { TestContext } from 'node:test';
import {
  OwnAddress,
  type OwnAddressOptions,
} from '../../../src/cli/ui/server/security/ownAddress.ts';
import { openUiServer, type UiServerOptions } from '../../../src/cli/ui/server/uiServer.ts';
import { silentLog } from '../../../src/log.ts';

export interface UiServerRig {
  readonly port: number;
  /** The lines of the actions. */
  readonly lines: readonly string[];
  /** Sends a request with the token, and reads the whole answer. */
  readonly send: (path: string, options?: RequestOptions) => Promise<UiAnswer>;
  /** Sends a request with the token, and resolves with the answer before its body. */
  readonly open: (path: string, options?: RequestOptions) => Promise<IncomingMessage>;
  readonly close: () => Promise<void>;
}

export interface RequestOptions {
  readonly method?: string;
  /** Headers that replace those of a request of the page; undefined removes one. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly body?: string | Buffer;
}

export interface UiAnswer {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export const TOKEN = 'the-token-of-a-test';

/** The parts of the options that a test sets. */
export type UiServerParts = Partial<UiServerOptions> & { readonly origin?: URL };

/** Starts the server of the page on a free port of the loopback interface. */
export async function startUiServer(
  t: TestContext,
  { origin, ...parts }: UiServerParts = {},
): Promise<UiServerRig> {
  const lines: string[] = [];
  const { tls, isBehindProxy = false } = parts;
  const server = await openUiServer({
    address: { host: '127.0.0.1', port: 0 },
    own: new OwnAddress(ownAddressOf({ tls, isBehindProxy, origin })),
    token: TOKEN,
    routes: [],
    isReadOnly: false,
    isBehindProxy,
    report: (line) => void lines.push(line),
    log: silentLog,
    folder: '/nonexistent',
    ...parts,
  });
  t.after(() => server.close());
  const { port } = server;
  const requests = sendRequestsTo({ port, token: TOKEN, isTls: tls !== undefined });
  return { port, lines, ...requests, close: () => server.close() };
}

/** A server of the page on the loopback interface. */
export interface UiTarget {
  readonly port: number;
  readonly token: string;
  readonly isTls: boolean;
}

export function sendRequestsTo(target: UiTarget): Pick<UiServerRig, 'send' | 'open'> {
  const open = (path: string, options: RequestOptions = {}): Promise<IncomingMessage> =>
    sendTo(target, path, options);
  return {
    open,
    async send(path, options) {
      const response = await open(path, options);
      const { statusCode: status, headers } = response;
      return { status, headers, body: await text(response) };
    },
  };
}

interface OwnParts {
  readonly tls: UiServerOptions['tls'];
  readonly isBehindProxy: boolean;
  readonly origin: URL | undefined;
}

function ownAddressOf({ tls, isBehindProxy, origin }: OwnParts): OwnAddressOptions {
  return {
    host: '127.0.0.1',
    scheme: tls === undefined ? 'http' : 'https',
    isBehindProxy,
    ...(tls === undefined ? {} : { certificate: tls.cert }),
    ...(origin === undefined ? {} : { origin }),
  };
}

async function sendTo(
  { port, token, isTls }: UiTarget,
  path: string,
  { method = 'GET', headers = {}, body }: RequestOptions,
): Promise<IncomingMessage> {
  const given = {
    authorization: `Bearer ${token}`,
    host: `127.0.0.1:${port}`,
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    ...headers,
  };
  const sent = Object.entries(given).filter(([, value]) => value !== undefined);
  const options = {
    host: '127.0.0.1',
    port,
    path,
    method,
    headers: Object.fromEntries(sent),
    agent: false as const,
  };
  const request = isTls
    ? sendTlsRequest({ ...options, rejectUnauthorized: false })
    : sendRequest(options);
  request.end(body);
  const [response] = await once(request, 'response');
  return response as IncomingMessage;
}
