import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { killOnExit } from './killOnExit.ts';
import { LogReader, type LogLine } from './logReader.ts';
import { PROGRAM } from './program.ts';
import { until, within } from './until.ts';
import { MINUTE } from '../../../src/units.ts';

const START_TIMEOUT_MS = MINUTE;

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
  logged(message: string): Promise<LogLine>;
  /** Counts the log lines with this message that `logged` has not removed. */
  count(message: string): number;
  /** The log lines at level `error` so far. */
  readonly errors: readonly LogLine[];
  kill(signal: NodeJS.Signals): void;
  /** Resolves with the exit code; null if a signal killed the process. */
  ended(): Promise<number | null>;
  /** Kills the process if it still runs. */
  readonly close: () => Promise<void>;
}

/**
 * Starts a sidecar. Resolves when it has logged its start.
 * @param launcher a command that runs the sidecar, for example with resource limits
 * @param program the path of another build
 */
export async function startSidecarProcess(
  variables: Variables,
  launcher: readonly string[] = [],
  program = PROGRAM,
): Promise<SidecarProcess> {
  const env = { ASYA_METRICS_ADDR: '127.0.0.1:0', ...variables };
  const [command, ...args] = [...launcher, process.execPath, program];
  const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  killOnExit(child);
  const ended = once(child, 'close').then(([code]: unknown[]) =>
    typeof code === 'number' ? code : null,
  );
  const log = new LogReader(child.stdout);
  const logged = (message: string): Promise<LogLine> =>
    within(log.take(message), `the log line "${message}"`, START_TIMEOUT_MS);
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
    count: (message) => log.count(message),
    errors: log.errors,
    kill: (signal) => void child.kill(signal),
    ended: () => within(ended, 'the exit of the sidecar', START_TIMEOUT_MS),
    close,
  };
}
