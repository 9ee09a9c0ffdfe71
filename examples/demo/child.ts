import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

/** A process that the demo has started. */
export interface Child {
  /**
   * Resolves with what is found in a line that comes from now on; to be asked at once after the
   * start.
   */
  find<T>(look: (line: string) => T | undefined): Promise<T>;
  /** Rejects, with its last lines, when the process ends before it was told to; never resolves. */
  readonly failed: Promise<never>;
  /** Asks it to end, and ends it by force when it has not after `graceMs`. */
  stop(graceMs: number): Promise<void>;
}

export interface ChildOptions {
  readonly name: string;
  readonly command: readonly [program: string, ...args: string[]];
  readonly env: Readonly<Record<string, string>>;
}

const KEPT_LINES = 20;

export function startChild({ name, command: [program, ...args], env }: ChildOptions): Child {
  // In a group of its own: a Ctrl-C is for the demo, which then stops its processes in order.
  const child = spawn(program, args, {
    env: { ...inherited(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const output = [child.stdout, child.stderr].map((input) => createInterface({ input }));
  const lines: string[] = [];
  for (const stream of output) {
    stream.on('line', (line) => {
      lines.push(line);
      if (lines.length > KEPT_LINES) lines.shift();
    });
  }
  let stopping = false;
  const ended = Promise.withResolvers<string>();
  child.once('error', (error) => ended.resolve(error.message));
  child.once('close', (code, signal) => ended.resolve(`exit ${String(code ?? signal)}`));
  const failed = ended.promise.then((how) => {
    if (stopping) return new Promise<never>(() => {});
    throw new Error(
      `${name} ended by itself (${how})${lines.map((line) => `\n  ${line}`).join('')}`,
    );
  });
  // Whoever waits for it hears of it.
  failed.catch(() => {});

  return {
    failed,
    find(look) {
      return new Promise((resolve) => {
        for (const stream of output) {
          stream.on('line', (line) => {
            const found = look(line);
            if (found !== undefined) resolve(found);
          });
        }
      });
    },
    async stop(graceMs) {
      stopping = true;
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGTERM');
      const late = sleep(graceMs, 'late' as const, { ref: false });
      if ((await Promise.race([ended.promise, late])) === 'late') child.kill('SIGKILL');
      await ended.promise;
    },
  };
}

/** Only what a process needs to run at all: nothing that is set for other sidecars. */
function inherited(): Record<string, string> {
  const { PATH = '', HOME = '', LANG = 'C.UTF-8', TMPDIR } = process.env;
  return { PATH, HOME, LANG, ...(TMPDIR === undefined ? {} : { TMPDIR }) };
}
