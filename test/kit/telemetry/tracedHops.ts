import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Told } from '../../fixtures/tracedHops.ts';
import { within } from '../processes/until.ts';

const FIXTURE = fileURLToPath(new URL('../../fixtures/tracedHops.ts', import.meta.url));
const REGISTER = fileURLToPath(new URL('../../../telemetry/register.ts', import.meta.url));

export interface Run extends Told {
  readonly code: number | null;
  /** Its log. */
  readonly lines: readonly Record<string, unknown>[];
  /** Its standard output: the log, and what else there is. */
  readonly out: string;
}

export interface RunOptions {
  readonly registered?: boolean;
  /** The transport's headers of the first hops; of the others there are none. */
  readonly headers?: readonly Readonly<Record<string, string>>[];
}

/**
 * A process with telemetry registered, or without; nothing of this process's environment reaches
 * it.
 */
export async function runHops(
  t: TestContext,
  hops: number,
  env: Readonly<Record<string, string>> = {},
  { registered = true, headers = [] }: RunOptions = {},
): Promise<Run> {
  const child = fork(FIXTURE, [String(hops), JSON.stringify(headers)], {
    execArgv: registered ? ['--import', REGISTER] : [],
    env: { PATH: process.env['PATH'], ASYA_ACTOR_NAME: 'infer', ...env },
    silent: true,
  });
  t.after(() => child.kill('SIGKILL'));
  let told: Told | undefined;
  child.on('message', (message) => (told = message as Told));
  let out = '';
  child.stdout?.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr?.pipe(process.stderr);
  const [code] = (await within(once(child, 'close'), 'the exit', 30_000)) as [number | null];
  assert.ok(told !== undefined, 'all hops have ended');
  const lines = out.split('\n').filter((line) => line.startsWith('{"'));
  return {
    code,
    ...told,
    out,
    lines: lines.map((line) => JSON.parse(line) as Record<string, unknown>),
  };
}

/** The environment that sends everything to a collector, in JSON. */
export function toJson(url: string): Record<string, string> {
  return { OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' };
}
