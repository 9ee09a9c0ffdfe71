import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { killOnExit } from './killOnExit.ts';
import { PROGRAM } from './program.ts';
import type { Variables } from './sidecarProcess.ts';

/** When a command is killed. */
export interface KillPoint {
  /** Polled with the number of lines that the command has printed. */
  readonly isReached: (printedLines: number) => boolean;
  /** From then on, in milliseconds. */
  readonly delayMs: number;
}

export interface KilledResult {
  /** Undefined if the command was killed before its end. */
  readonly code: number | undefined;
  readonly lines: readonly string[];
  readonly err: string;
}

/** Runs a command of `asya-sidecar`, and kills it with SIGKILL unless it ends first. */
export async function runAndKill(
  args: readonly string[],
  variables: Variables,
  point?: KillPoint,
): Promise<KilledResult> {
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    env: { ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  killOnExit(child);
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  const polling = setInterval(() => {
    if (point?.isReached(linesOf(out).length) !== true) return;
    clearInterval(polling);
    setTimeout(() => child.kill('SIGKILL'), point.delayMs);
  }, POLL_INTERVAL_MS);
  const [code] = (await once(child, 'close')) as [number | null];
  clearInterval(polling);
  return { code: code ?? undefined, lines: linesOf(out), err };
}

const POLL_INTERVAL_MS = 2;

/** The complete lines. */
function linesOf(text: string): string[] {
  return text.split('\n').slice(0, -1);
}
