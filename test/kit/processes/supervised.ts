import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { killOnExit } from './killOnExit.ts';

/** A process that is restarted when it exits, like a container in Kubernetes. */
export interface Supervised {
  readonly logFile: string;
  /** The id of the running process. */
  readonly pid: number | undefined;
  /** How many times the process was started. */
  readonly startCount: number;
  /** The exit code or the signal of each exit. */
  readonly exits: readonly (number | NodeJS.Signals | null)[];
  /** Sends a signal; has no effect during a restart. */
  signal(signal: NodeJS.Signals): void;
  /** Stops the process with SIGTERM; it is restarted. Resolves with its exit. */
  restart(): Promise<{ readonly code: number | null; readonly tookMs: number }>;
  /** Stops the process without a restart. Resolves with its exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
  /** Starts the process again after `stop`. */
  start(): void;
}

export interface SupervisedOptions {
  readonly command: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string>>;
  /** Standard output and standard error are appended to this file. */
  readonly logFile: string;
}

const RESTART_DELAY_MS = 100;

export function supervise({
  command: [program, ...args],
  env,
  logFile,
}: SupervisedOptions): Supervised {
  const ends: (number | NodeJS.Signals | null)[] = [];
  let starts = 0;
  let stopping = false;
  let timer: NodeJS.Timeout | undefined;
  let child = start();

  function start(): ChildProcess {
    starts++;
    const log = openSync(logFile, 'a');
    const started = spawn(program, args, { env, stdio: ['ignore', log, log] });
    closeSync(log);
    killOnExit(started);
    started.once('exit', (code, signal) => {
      ends.push(code ?? signal);
      if (!stopping) timer = setTimeout(() => (child = start()), RESTART_DELAY_MS);
    });
    return started;
  }

  async function end(signal: NodeJS.Signals): Promise<number | null> {
    const ending = child;
    if (ending.exitCode === null && ending.signalCode === null) {
      const exited = once(ending, 'exit');
      ending.kill(signal);
      await exited;
    }
    return ending.exitCode;
  }

  return {
    logFile,
    get pid() {
      return child.pid;
    },
    get startCount() {
      return starts;
    },
    exits: ends,
    signal: (signal) => void child.kill(signal),
    restart: async () => {
      const startedAtMs = performance.now();
      const code = await end('SIGTERM');
      return { code, tookMs: performance.now() - startedAtMs };
    },
    stop: (signal = 'SIGTERM') => {
      stopping = true;
      clearTimeout(timer);
      return end(signal);
    },
    start: () => {
      stopping = false;
      child = start();
    },
  };
}
