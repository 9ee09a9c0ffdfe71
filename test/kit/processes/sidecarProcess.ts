import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { killOnExit } from './killOnExit.ts';
import { PROGRAM } from './program.ts';
import { until, within } from './until.ts';

const START_TIMEOUT_MS = 20_000;

export type Variables = Readonly<Record<string, string>>;

/** What a command of `asya-sidecar` left behind. */
export interface ProgramResult {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs `asya-sidecar` to its end, in an environment of nothing but these variables. */
export async function runBin(
  args: readonly string[],
  variables: Variables = {},
  input = '',
): Promise<ProgramResult> {
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    env: { ...variables },
    stdio: 'pipe',
  });
  child.stdin.on('error', () => {}); // a command may end without reading its input
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

/** A sidecar in a process of its own. */
export interface SidecarProcess {
  /** Where it serves HTTP. */
  readonly url: string;
  readonly pid: number;
  /** Resolves when it is ready: its queues exist, and its runtime answers. */
  ready(): Promise<void>;
  /** Resolves with the next line of its log that says this. */
  logged(message: string): Promise<Record<string, unknown>>;
  /** How many lines of its log say this, those left out that `logged` has returned. */
  count(message: string): number;
  /** The lines of its log at level `error`, so far. */
  readonly errors: readonly Record<string, unknown>[];
  kill(signal: NodeJS.Signals): void;
  /** Resolves to the exit code, null when it was killed. */
  ended(): Promise<number | null>;
  /** Ends it by force, if it has not ended. */
  readonly close: () => Promise<void>;
}

/**
 * Starts a sidecar; resolves when it logs that it has started.
 * @param launcher a command that runs the command behind it, with limits for instance
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
    within(find(message), `a line of the log: ${message}`, START_TIMEOUT_MS);
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
    ended: () => within(ended, 'the end of the sidecar', START_TIMEOUT_MS),
    close,
  };
}
