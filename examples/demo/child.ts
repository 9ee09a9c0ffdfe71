import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

/** A process that the demo has started. */
export interface Child {
  readonly name: string;
  /** Rejects when the process ends before it was told to; never resolves otherwise. */
  readonly failed: Promise<never>;
  /** Asks it to end, and ends it by force when it has not after `graceMs`. */
  stop(graceMs: number): Promise<void>;
}

export interface ChildOptions {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly onLine?: (line: string) => void;
}

const KEPT_LINES = 20;

export function startChild({ name, command, args, env, onLine }: ChildOptions): Child {
  const child = spawn(command, args, { env: { ...inherited(), ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  const lines: string[] = [];
  let stopping = false;
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      lines.push(line);
      if (lines.length > KEPT_LINES) lines.shift();
      onLine?.(line);
    });
  }
  const exited = once(child, 'close');
  const failed = exited.then(
    ([code, signal]: unknown[]) => {
      if (stopping) return new Promise<never>(() => {});
      throw new Error(`${name} ended by itself (${String(code ?? signal)}):\n${lines.join('\n')}`);
    },
    (error: unknown) => {
      throw new Error(`${name} did not start`, { cause: error });
    },
  );
  // Whoever waits for it hears of it; until then it is nobody's.
  failed.catch(() => {});
  return {
    name,
    failed,
    async stop(graceMs) {
      stopping = true;
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGTERM');
      const given = new AbortController();
      const late = sleep(graceMs, 'late' as const, { signal: given.signal }).catch(() => 'in time' as const);
      if ((await Promise.race([exited, late])) === 'late') child.kill('SIGKILL');
      given.abort();
      await exited;
    },
  };
}

/** Only what a process needs to run at all: nothing that is set for other sidecars. */
function inherited(): Record<string, string> {
  const { PATH = '', HOME = '', LANG = 'C.UTF-8', TMPDIR } = process.env;
  return { PATH, HOME, LANG, ...(TMPDIR === undefined ? {} : { TMPDIR }) };
}
