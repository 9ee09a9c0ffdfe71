import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';
import { temporarySocketPath } from '../runtimes/socketServer.ts';

/** A runtime in a process of its own. */
export interface RuntimeProcess {
  readonly socketPath: string;
  /** What it has printed so far, on both outputs. */
  output(): string;
  /** Resolves when it has printed a line with this text in it. */
  printed(text: string): Promise<void>;
  /** Resolves when it has ended, by itself or not. */
  readonly ended: Promise<unknown>;
  /** Sends it a signal and waits for its end. */
  kill(signal?: NodeJS.Signals): Promise<void>;
}

export interface RuntimeProcessOptions {
  /** A path for its socket; by default one in a folder of its own. */
  readonly socketPath?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts a runtime; resolves when it has printed a line that starts with `listening`. */
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
    const gone = ended.then(() => {
      throw new Error(`the runtime ended without printing "${text}": ${lines.join('\n')}`);
    });
    await Promise.race([seen, gone]);
  }

  async function kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    child.kill(signal);
    await ended;
  }

  t.after(() => kill());
  await printed('listening');
  return { socketPath, output: () => lines.join('\n'), printed, ended, kill };
}
