import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import { connect as connectTcp } from 'node:net';
import { text } from 'node:stream/consumers';
import { connect as connectTls } from 'node:tls';
import { failed, ok, runCheck, type CheckResult, type Finding } from '../../check.ts';
import type { Environment } from '../../config/config.ts';
import { messageOf } from '../../faults.ts';
import { truncate } from '../../unicode.ts';
import { printableLine } from '../terminal/printable.ts';
import { EndpointError, readOtlpEndpoints, type OtlpEndpoint } from './otlpEndpoints.ts';

/**
 * Checks whether the collector of each signal accepts an empty export request, which creates no
 * data. An endpoint of gRPC is only connected to.
 */
export async function* checkCollector(
  environment: Environment,
  limit: AbortSignal,
): AsyncGenerator<CheckResult> {
  let endpoints: readonly OtlpEndpoint[];
  try {
    endpoints = readOtlpEndpoints(environment);
  } catch (error) {
    if (!(error instanceof EndpointError)) throw error;
    yield { check: 'collector', ...failed(error.message) };
    return;
  }
  if (endpoints.length === 0) yield { check: 'collector', ...ok('not configured') };
  const running = endpoints.map((endpoint) => checkEndpoint(endpoint, limit));
  for (const result of running) yield result;
}

function checkEndpoint(endpoint: OtlpEndpoint, limit: AbortSignal): Promise<CheckResult> {
  const { signal, protocol } = endpoint;
  const find = protocol === 'grpc' ? connect : exportNothing;
  const describe = (error: unknown): string => `${addressOf(endpoint)}: ${reasonOf(error)}`;
  return runCheck(`collector ${signal}`, () => find(endpoint, limit), limit, describe);
}

async function connect(endpoint: OtlpEndpoint, signal: AbortSignal): Promise<Finding> {
  const { hostname, protocol, port } = endpoint.url;
  const host = hostname.replace(/^\[|\]$/g, '');
  const isTls = protocol === 'https:';
  const target = { host, port: Number(port || (isTls ? 443 : 80)) };
  const socket = isTls
    ? connectTls({ ...target, ...(await readTls(endpoint)), ALPNProtocols: ['h2'] })
    : connectTcp(target);
  try {
    await once(socket, isTls ? 'secureConnect' : 'connect', { signal });
  } finally {
    socket.destroy();
  }
  return ok(`${addressOf(endpoint)}: connected; the answer of gRPC is not checked`);
}

async function exportNothing(endpoint: OtlpEndpoint, signal: AbortSignal): Promise<Finding> {
  const { statusCode = 0, body } = await post(endpoint, signal);
  const address = addressOf(endpoint);
  if (statusCode >= 200 && statusCode < 300) return ok(`${address}: HTTP ${statusCode}`);
  const excerpt = printableLine(truncate(body, MAX_BODY_LENGTH));
  return failed(`${address}: HTTP ${statusCode}${excerpt === '' ? '' : ` ${excerpt}`}`);
}

const MAX_BODY_LENGTH = 120;

async function post(
  endpoint: OtlpEndpoint,
  signal: AbortSignal,
): Promise<{ readonly statusCode: number | undefined; readonly body: string }> {
  const { url, protocol, headers } = endpoint;
  const isJson = protocol === 'http/json';
  const options: RequestOptions = {
    method: 'POST',
    headers: { ...headers, 'content-type': isJson ? 'application/json' : 'application/x-protobuf' },
    signal,
    ...(await readTls(endpoint)),
  };
  const request =
    url.protocol === 'https:' ? httpsRequest(url, options) : httpRequest(url, options);
  const responded = once(request, 'response') as Promise<[IncomingMessage]>;
  // A protobuf message without fields has no bytes.
  request.end(isJson ? '{}' : '');
  const [response] = await responded;
  return { statusCode: response.statusCode, body: await text(response) };
}

async function readTls({ tls }: OtlpEndpoint): Promise<Record<string, Buffer>> {
  const files = Object.entries(tls);
  const contents = await Promise.all(
    files.map(async ([name, path]) => [name, await readFile(path)] as const),
  );
  return Object.fromEntries(contents);
}

/** Without user, password and query, which may be secrets. */
function addressOf({ url }: OtlpEndpoint): string {
  return `${url.origin}${url.pathname === '/' ? '' : url.pathname}`;
}

/** When a host name has several addresses, the message of the error is empty. */
function reasonOf(error: unknown): string {
  return error instanceof AggregateError
    ? [...new Set(error.errors.map(messageOf))].join(', ')
    : messageOf(error);
}
