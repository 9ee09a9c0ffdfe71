import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';
import { temporarySocketPath } from '../runtimes/socketServer.ts';

/** A runtime in a child process. */
export interface RuntimeProcess {
  readonly socketPath: string;
  /** The lines of standard output and standard error so far. */
  output(): string;
  /** Resolves when the process has printed a line that contains the text. */
  printed(text: string): Promise<void>;
  /** Resolves when the process has exited. */
  readonly ended: Promise<unknown>;
  /** Sends a signal and waits for the exit. */
  kill(signal?: NodeJS.Signals): Promise<void>;
}

export interface RuntimeProcessOptions {
  /** @default a path in a temporary directory */
  readonly socketPath?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts a runtime. Resolves when it has printed a line that contains `listening`. */
export async function startRuntimeProcess(
  t: TestContext,
  [program, ...args]: readonly [string, ...string[]],
  options: RuntimeProcessOptions = {},
): Promise<RuntimeProcess> {
  const socketPath = options.socketPath ?? (await temporarySocketPath(t));
  const child = spawn(program, args, {
    env: {
      ...process.env,
      ASYA_SOCKET_DIR: dirname(socketPath),
      PYTHONDONTWRITEBYTECODE: '1',
      ...options.env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'exit');
  const lines: string[] = [];
  const waiting = new Map<string, () => void>();
  for (const stream of [child.stdout, child.stderr]) {
    createInterface(stream).on('line', (line) => {
      lines.push(line);
      for (const [text, resolve] of waiting) if (line.includes(text)) resolve();
    });
  }

  async function printed(text: string): Promise<void> {
    if (lines.some((line) => line.includes(text))) return;
    const seen = new Promise<void>((resolve) => {
      waiting.set(text, resolve);
    });
    const exited = ended.then(() => {
      throw new Error(`the runtime exited without printing "${text}": ${lines.join('\n')}`);
    });
    await Promise.race([seen, exited]);
  }

  async function kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    child.kill(signal);
    await ended;
  }

  t.after(() => kill());
  await printed('listening');
  return { socketPath, output: () => lines.join('\n'), printed, ended, kill };
}
