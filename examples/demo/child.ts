import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { createInterface, type Interface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

export interface ChildOptions {
  readonly name: string;
  readonly command: readonly [program: string, ...args: string[]];
  readonly env: Readonly<Record<string, string>>;
}

/** Number of the last lines that an error quotes. */
const KEPT_LINES = 20;

/** A process that the demo has started. */
export class Child {
  /** Rejects with the last lines of output when the process ends before `stop`; never resolves. */
  readonly failed: Promise<never>;
  readonly #process: ChildProcessByStdio<null, Readable, Readable>;
  readonly #output: readonly Interface[];
  readonly #lines: string[] = [];
  readonly #ended = Promise.withResolvers<string>();
  #isStopping = false;

  constructor({ name, command: [program, ...args], env }: ChildOptions) {
    this.#process = spawn(program, args, {
      env: { ...inheritedEnvironment(), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      // Ctrl-C reaches only the demo, which then stops its processes in order.
      detached: true,
    });
    const { stdout, stderr } = this.#process;
    this.#output = [stdout, stderr].map((input) => createInterface({ input }));
    for (const lines of this.#output) lines.on('line', (line) => this.#keep(line));
    this.#process.once('error', (error) => this.#ended.resolve(error.message));
    this.#process.once('close', (code, signal) =>
      this.#ended.resolve(`exit ${String(code ?? signal)}`),
    );
    this.failed = this.#ended.promise.then((end) => this.#fail(name, end));
    this.failed.catch(() => {}); // it may reject before the demo awaits it
  }

  /** Resolves with the first result of `read` for a line that is printed after this call. */
  find<T>(read: (line: string) => T | undefined): Promise<T> {
    return new Promise((resolve) => {
      this.follow((line) => {
        const found = read(line);
        if (found !== undefined) resolve(found);
      });
    });
  }

  /** Calls `onLine` with each line that is printed after this call. */
  follow(onLine: (line: string) => void): void {
    for (const lines of this.#output) lines.on('line', onLine);
  }

  /** Sends SIGTERM, and SIGKILL after `graceMs`. Resolves when the process has ended. */
  async stop(graceMs: number): Promise<void> {
    this.#isStopping = true;
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    this.#process.kill('SIGTERM');
    const timeout = sleep(graceMs, 'timeout' as const, { ref: false });
    if ((await Promise.race([this.#ended.promise, timeout])) === 'timeout')
      this.#process.kill('SIGKILL');
    await this.#ended.promise;
  }

  #keep(line: string): void {
    this.#lines.push(line);
    if (this.#lines.length > KEPT_LINES) this.#lines.shift();
  }

  #fail(name: string, end: string): Promise<never> {
    if (this.#isStopping) return new Promise(() => {});
    const lines = this.#lines.map((line) => `\n  ${line}`).join('');
    throw new Error(`${name} ended unexpectedly (${end})${lines}`);
  }
}

/** The variables that any process needs, without the settings of other sidecars. */
function inheritedEnvironment(): Record<string, string> {
  const { PATH = '', HOME = '', LANG = 'C.UTF-8', TMPDIR } = process.env;
  return { PATH, HOME, LANG, ...(TMPDIR === undefined ? {} : { TMPDIR }) };
}
