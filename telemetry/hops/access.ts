import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { bearerTokenOf, isSameToken } from '../../src/bearerToken.ts';
import { messageOf } from '../../src/faults.ts';

/** Returns the bearer token; undefined if none is configured. Throws if it cannot be read. */
export type ReadToken = () => string | undefined;

/** The answer to a request that may not read /hops. */
export interface Refusal {
  readonly status: 401 | 403;
  readonly reason: string;
}

/**
 * Decides whether a request may read /hops: from the loopback interface, as `kubectl port-forward`
 * arrives, or with the bearer token.
 * @returns undefined if it may
 */
export function refusalOf(request: IncomingMessage, readToken: ReadToken): Refusal | undefined {
  if (isLocal(request)) return undefined;
  try {
    return checkToken(request.headers.authorization, readToken());
  } catch (error) {
    return { status: 403, reason: messageOf(error) };
  }
}

function checkToken(authorization: string | undefined, token?: string): Refusal | undefined {
  if (token === undefined) {
    const reason = 'only for clients on the loopback interface; others need ASYA_HOPS_TOKEN_FILE';
    return { status: 403, reason };
  }
  const given = bearerTokenOf(authorization);
  if (given === undefined) return { status: 401, reason: 'a bearer token is required' };
  if (isSameToken(given, token)) return undefined;
  return { status: 401, reason: 'the bearer token is not valid' };
}

function isLocal(request: IncomingMessage): boolean {
  const { headers, socket } = request;
  return (
    isLoopback(socket.remoteAddress) &&
    !isProxied(headers) &&
    isOwnHost(headers.host) &&
    !isFromForeignPage(headers['sec-fetch-site'])
  );
}

/** An IPv6 address may contain an IPv4 address. */
function isLoopback(address = ''): boolean {
  return address === '::1' || /^(?:::ffff:)?127\./i.test(address);
}

/** A proxy in the pod connects from the loopback interface for clients from anywhere. */
function isProxied(headers: IncomingMessage['headers']): boolean {
  return PROXY_HEADERS.some((name) => headers[name] !== undefined);
}

const PROXY_HEADERS = ['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-proto'] as const;

/**
 * Reports whether a request names an address or localhost as its host. A page of another origin,
 * whose name was made to resolve to the loopback interface (DNS rebinding), sends its own name.
 */
function isOwnHost(host = 'localhost'): boolean {
  const name = host.replace(/:\d*$/, '');
  return name.toLowerCase() === 'localhost' || isIP(name.replace(/^\[(.*)\]$/, '$1')) !== 0;
}

/** A browser lets a page of any origin send requests, though not read the answers. */
function isFromForeignPage(site: string | string[] = 'none'): boolean {
  return site !== 'none' && site !== 'same-origin';
}
