import { existsSync } from 'node:fs';
import { TLSSocket } from 'node:tls';
import { failed, notChecked, ok, runCheck, type CheckResult, type Finding } from '../../check.ts';
import type { Config } from '../../config/config.ts';
import type { Envelope } from '../../envelope/envelope.ts';
import { connectForCheck, healthProblemOf } from '../../runtime/readiness/endpointCheck.ts';
import { readyFileOf } from '../../runtime/readiness/readyFile.ts';
import { hostAndPort } from '../../runtime/socket/endpoint.ts';
import { callRuntime } from './callRuntime.ts';

export interface RuntimeCheckOptions {
  readonly config: Config;
  /** The envelope of the call; undefined for no call. */
  readonly envelope: Envelope | undefined;
  readonly limit: AbortSignal;
  /** Aborts when the command is stopped. A call has the time limit of the runtime. */
  readonly stopped: AbortSignal;
}

/** Checks whether the runtime accepts connections, and makes one call if an envelope is given. */
export async function* checkRuntime(options: RuntimeCheckOptions): AsyncGenerator<CheckResult> {
  const { config, envelope, limit, stopped } = options;
  const { protocol, endpoint, http } = config.runtime;
  if (protocol === 'none') {
    yield { check: 'runtime', ...notChecked('the protocol is none') };
    return;
  }
  const subject = endpoint.url === undefined ? 'runtime socket' : 'runtime URL';
  yield runCheck(subject, () => checkConnect(config), limit);
  if (http.healthPath !== null) {
    const request = { path: http.healthPath, host: http.host };
    yield runCheck('runtime health', () => checkHealth(config, request), limit);
  } else yield* checkReadyFile(config);
  if (envelope === undefined) yield { check: 'runtime call', ...notChecked('needs --payload') };
  else yield runCheck('runtime call', () => callRuntime(envelope, config), stopped);
}

async function checkConnect({ runtime: { endpoint } }: Config): Promise<Finding> {
  const connected = await connectForCheck(endpoint);
  if ('absent' in connected) return failed(connected.absent);
  const { socket } = connected;
  const address = endpoint.url ?? hostAndPort(endpoint.address);
  const finding = ok(socket instanceof TLSSocket ? `${address}; ${describeTls(socket)}` : address);
  socket.destroy();
  return finding;
}

/** `TLSv1.3, certificate valid until 2027-01-01`. */
function describeTls(socket: TLSSocket): string {
  const validUntil = new Date(socket.getPeerCertificate().valid_to).toISOString().slice(0, 10);
  return `${socket.getProtocol() ?? 'TLS'}, certificate valid until ${validUntil}`;
}

async function checkHealth(
  { runtime: { endpoint } }: Config,
  request: { readonly path: string; readonly host: string },
): Promise<Finding> {
  const problem = await healthProblemOf(endpoint, request);
  return problem === undefined ? ok(`GET ${request.path}`) : failed(problem);
}

function* checkReadyFile({ runtime: { endpoint } }: Config): Generator<CheckResult> {
  const file = readyFileOf(endpoint.address);
  if (file === undefined) return;
  const finding = ok(existsSync(file) ? `${file} exists` : 'absent, and not required');
  yield { check: 'runtime ready file', ...finding };
}
