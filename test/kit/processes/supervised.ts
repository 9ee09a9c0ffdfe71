import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, fstatSync, openSync } from 'node:fs';
import { killOnExit } from './killOnExit.ts';

/** A process that is restarted when it exits, like a container in Kubernetes. */
export interface Supervised {
  readonly logFile: string;
  /** The id of the running process. */
  readonly pid: number | undefined;
  /** Where the output of the running process begins in the log file. */
  readonly logOffset: number;
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
  /** Returns the delay of a restart. @default 100 ms */
  readonly restartDelayMs?: (() => number) | undefined;
}

const RESTART_DELAY_MS = 100;

/** Starts a process and restarts it after each exit. */
export function supervise(options: SupervisedOptions): Supervised {
  return new Supervisor(options);
}

class Supervisor implements Supervised {
  readonly logFile: string;
  readonly exits: (number | NodeJS.Signals | null)[] = [];
  readonly #options: SupervisedOptions;
  #logOffset = 0;
  #isStopped = false;
  #restartTimer: NodeJS.Timeout | undefined;
  #child: ChildProcess;

  constructor(options: SupervisedOptions) {
    this.#options = options;
    this.logFile = options.logFile;
    this.#child = this.#spawn();
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get logOffset(): number {
    return this.#logOffset;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async restart(): Promise<{ code: number | null; tookMs: number }> {
    const startedAtMs = performance.now();
    const code = await this.#end('SIGTERM');
    return { code, tookMs: performance.now() - startedAtMs };
  }

  stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    this.#isStopped = true;
    clearTimeout(this.#restartTimer);
    return this.#end(signal);
  }

  start(): void {
    this.#isStopped = false;
    this.#child = this.#spawn();
  }

  #spawn(): ChildProcess {
    const { command, env } = this.#options;
    const [program, ...args] = command;
    const log = openSync(this.logFile, 'a');
    this.#logOffset = fstatSync(log).size;
    const child = spawn(program, args, { env, stdio: ['ignore', log, log] });
    closeSync(log);
    killOnExit(child);
    child.once('exit', (code, signal) => {
      this.exits.push(code ?? signal);
      if (this.#isStopped) return;
      const delayMs = this.#options.restartDelayMs?.() ?? RESTART_DELAY_MS;
      this.#restartTimer = setTimeout(() => (this.#child = this.#spawn()), delayMs);
    });
    return child;
  }

  async #end(signal: NodeJS.Signals): Promise<number | null> {
    const child = this.#child;
    if (child.exitCode === null && child.signalCode === null) {
      const exited = once(child, 'exit');
      child.kill(signal);
      await exited;
    }
    return child.exitCode;
  }
}
