import { existsSync } from 'node:fs';
import { failed, notChecked, ok, runCheck, type CheckResult, type Finding } from '../../check.ts';
import type { Config } from '../../config/config.ts';
import type { Envelope } from '../../envelope/envelope.ts';
import { connectTo } from '../../runtime/connection/socket.ts';
import { readyFileOf } from '../../runtime/readiness/readinessProbe.ts';
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
  const { protocol, socketPath } = config.runtime;
  if (protocol === 'none') {
    yield { check: 'runtime', ...notChecked('the protocol is none') };
    return;
  }
  yield runCheck('runtime socket', () => checkSocket(socketPath), limit);
  yield { check: 'runtime ready file', ...checkReadyFile(socketPath) };
  if (envelope === undefined) yield { check: 'runtime call', ...notChecked('needs --payload') };
  else yield runCheck('runtime call', () => callRuntime(envelope, config), stopped);
}

async function checkSocket(socketPath: string): Promise<Finding> {
  const connected = await connectTo(socketPath, 0);
  if ('absent' in connected) return failed(connected.absent);
  connected.socket.destroy();
  return ok(socketPath);
}

function checkReadyFile(socketPath: string): Finding {
  const file = readyFileOf(socketPath);
  return existsSync(file) ? ok(`${file} exists`) : ok('absent, and not required');
}
