import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { killOnExit } from './killOnExit.ts';

/** A process that is started anew when it ends, as Kubernetes starts a container. */
export interface Supervised {
  readonly logFile: string;
  /** Of the process that runs now. */
  readonly pid: number | undefined;
  /** How often it has been started. */
  readonly startCount: number;
  /** The exit codes and signals with which it has ended. */
  readonly exits: readonly (number | NodeJS.Signals | null)[];
  /** Sends a signal; nothing happens when it is just being started anew. */
  signal(signal: NodeJS.Signals): void;
  /** Ends it with SIGTERM and lets it be started anew; resolves to how it ended. */
  restart(): Promise<{ readonly code: number | null; readonly tookMs: number }>;
  /** Ends it for good with a signal, and resolves to its exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
  /** Starts what `stop` has ended. */
  start(): void;
}

export interface SupervisedOptions {
  readonly command: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string>>;
  /** Where both outputs are appended. */
  readonly logFile: string;
}

const RESTART_MS = 100;

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
      if (!stopping) timer = setTimeout(() => (child = start()), RESTART_MS);
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
