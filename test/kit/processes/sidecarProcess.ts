import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { killOnExit } from './killOnExit.ts';
import { PROGRAM } from './program.ts';
import { until, within } from './until.ts';

const START_TIMEOUT_MS = 20_000;

export type Variables = Readonly<Record<string, string>>;

/** The exit code and the output of a command. */
export interface ProgramResult {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs `asya-sidecar` to its exit. The environment contains only the given variables. */
export async function runBin(
  args: readonly string[],
  variables: Variables = {},
  input = '',
): Promise<ProgramResult> {
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    env: { ...variables },
    stdio: 'pipe',
  });
  child.stdin.on('error', () => {}); // a command may exit without reading its input
  child.stdin.end(input);
  const ended = Promise.all([once(child, 'exit'), text(child.stdout), text(child.stderr)]);
  try {
    const [[code], out, err] = await within(
      ended,
      `asya-sidecar ${args.join(' ')}`,
      START_TIMEOUT_MS,
    );
    return { code: code as number | null, out, err };
  } finally {
    child.kill('SIGKILL');
  }
}

/** A sidecar in a child process. */
export interface SidecarProcess {
  /** The base URL of its HTTP server. */
  readonly url: string;
  readonly pid: number;
  /** Resolves when the sidecar is ready. */
  ready(): Promise<void>;
  /** Removes and returns the next log line with this message. */
  logged(message: string): Promise<Record<string, unknown>>;
  /** Counts the log lines with this message that `logged` has not removed. */
  count(message: string): number;
  /** The log lines at level `error` so far. */
  readonly errors: readonly Record<string, unknown>[];
  kill(signal: NodeJS.Signals): void;
  /** Resolves with the exit code; null if a signal killed the process. */
  ended(): Promise<number | null>;
  /** Kills the process if it still runs. */
  readonly close: () => Promise<void>;
}

/**
 * Starts a sidecar. Resolves when it has logged its start.
 * @param launcher a command that runs the sidecar, for example with resource limits
 */
export async function startSidecarProcess(
  variables: Variables,
  launcher: readonly string[] = [],
): Promise<SidecarProcess> {
  const env = { ASYA_METRICS_ADDR: '127.0.0.1:0', ...variables };
  const [command, ...args] = [...launcher, process.execPath, PROGRAM];
  const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  killOnExit(child);
  const ended = once(child, 'exit').then(([code]: unknown[]) =>
    typeof code === 'number' ? code : null,
  );
  const lines: Record<string, unknown>[] = [];
  const errors: Record<string, unknown>[] = [];
  const waiting: (() => void)[] = [];
  createInterface(child.stdout).on('line', (line) => {
    const parsed = JSON.parse(line) as Record<string, unknown>;
    lines.push(parsed);
    if (parsed['level'] === 'error') errors.push(parsed);
    for (const wake of waiting.splice(0)) wake();
  });

  async function find(message: string): Promise<Record<string, unknown>> {
    for (;;) {
      const at = lines.findIndex(({ msg }) => msg === message);
      const [line] = at < 0 ? [] : lines.splice(at, 1);
      if (line !== undefined) return line;
      await new Promise<void>((resolve) => waiting.push(resolve));
    }
  }

  const logged = (message: string): Promise<Record<string, unknown>> =>
    within(find(message), `the log line "${message}"`, START_TIMEOUT_MS);
  const close = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
  };
  const { port } = await logged('started').catch(async (error: unknown) => {
    await close();
    throw error;
  });
  const url = `http://127.0.0.1:${String(port)}`;
  return {
    url,
    pid: child.pid ?? 0,
    ready: () =>
      until(async () => (await fetch(`${url}/readyz`)).ok, 'readiness', START_TIMEOUT_MS),
    logged,
    count: (message) => lines.filter(({ msg }) => msg === message).length,
    errors,
    kill: (signal) => void child.kill(signal),
    ended: () => within(ended, 'the exit of the sidecar', START_TIMEOUT_MS),
    close,
  };
}
