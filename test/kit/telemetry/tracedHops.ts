import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { HopReport } from '../../fixtures/tracedHops.ts';
import { within } from '../processes/until.ts';

const FIXTURE = fileURLToPath(new URL('../../fixtures/tracedHops.ts', import.meta.url));
const REGISTER = fileURLToPath(new URL('../../../telemetry/register.ts', import.meta.url));

export interface Run extends HopReport {
  readonly code: number | null;
  /** The lines of its log. */
  readonly lines: readonly Record<string, unknown>[];
  /** Its standard output: the log and any other output. */
  readonly out: string;
}

export interface RunOptions {
  readonly registered?: boolean;
  /** The transport headers of the first hops; further hops have none. */
  readonly headers?: readonly Readonly<Record<string, string>>[];
}

/**
 * Runs hops in a process with or without registered telemetry, and with only the given variables.
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
  let report: HopReport | undefined;
  child.on('message', (message) => (report = message as HopReport));
  let out = '';
  child.stdout?.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr?.pipe(process.stderr);
  const [code] = (await within(once(child, 'close'), 'the exit', 30_000)) as [number | null];
  assert.ok(report !== undefined, 'the report of all hops');
  const lines = out.split('\n').filter((line) => line.startsWith('{"'));
  return {
    code,
    ...report,
    out,
    lines: lines.map((line) => JSON.parse(line) as Record<string, unknown>),
  };
}

/** Returns variables that export all signals to a collector in JSON. */
export function toJson(url: string): Record<string, string> {
  return { OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' };
}
