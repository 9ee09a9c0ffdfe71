import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { temporarySocketPath } from '../runtimes/socketServer.ts';
import type { Closing } from './closing.ts';

/** A runtime in a child process. */
export interface RuntimeProcess {
  readonly socketPath: string;
  /** The lines of standard output and standard error so far. */
  output(): string;
  /** Resolves when the process has printed a line that contains the text. */
  printed(text: string): Promise<void>;
  /** Resolves when the process has exited. */
  readonly ended: Promise<unknown>;
  /** Sends a signal. Resolves with the exit code or the signal that has ended the process. */
  signal(signal: NodeJS.Signals): Promise<readonly [number | null, NodeJS.Signals | null]>;
  /** Sends a signal and waits for the exit. */
  kill(signal?: NodeJS.Signals): Promise<void>;
}

export interface RuntimeProcessOptions {
  /** @default a path in a temporary directory */
  readonly socketPath?: string;
  readonly env?: Readonly<Record<string, string>>;
  /**
   * The working directory.
   *
   * @default that of the test
   */
  readonly folder?: string;
}

/** Starts a runtime. Resolves when it has printed a line that contains `listening`. */
export async function startRuntimeProcess(
  t: Closing,
  [program, ...args]: readonly [string, ...string[]],
  options: RuntimeProcessOptions = {},
): Promise<RuntimeProcess> {
  const socketPath = options.socketPath ?? (await temporarySocketPath(t));
  const variables = { ASYA_SOCKET_DIR: dirname(socketPath), PYTHONDONTWRITEBYTECODE: '1' };
  const child = spawn(program, args, {
    env: { ...process.env, ...variables, ...options.env },
    cwd: options.folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  // At the exit, the last lines may still be unread.
  const ended = once(child, 'close');
  const output = new OutputLines([child.stdout, child.stderr]);

  async function printed(text: string): Promise<void> {
    const exited = ended.then(() => {
      throw new Error(`the runtime exited without printing "${text}": ${output.text()}`);
    });
    await Promise.race([output.includes(text), exited]);
  }

  async function kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    child.kill(signal);
    await ended;
  }

  async function signal(name: NodeJS.Signals): ReturnType<RuntimeProcess['signal']> {
    await kill(name);
    return [child.exitCode, child.signalCode];
  }

  t.after(() => kill());
  await printed('listening');
  return { socketPath, output: () => output.text(), printed, ended, signal, kill };
}

/** The lines of several streams, in the order of their arrival. */
class OutputLines {
  readonly #lines: string[] = [];
  readonly #waiting = new Map<string, () => void>();

  constructor(streams: readonly Readable[]) {
    for (const stream of streams) {
      createInterface(stream).on('line', (line) => {
        this.#lines.push(line);
        for (const [text, resolve] of this.#waiting) if (line.includes(text)) resolve();
      });
    }
  }

  text(): string {
    return this.#lines.join('\n');
  }

  /** Resolves when a line contains the text. */
  includes(text: string): Promise<void> {
    if (this.#lines.some((line) => line.includes(text))) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting.set(text, resolve);
    });
  }
}
