import { execFile } from 'node:child_process';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { retryWithBackoff, type Sleep } from '../../../src/backoff.ts';
import { MINUTE, SECOND } from '../../../src/units.ts';

const run = promisify(execFile);

/** Runs a command of apt-get, such as `update`. */
export type AptGet = (...args: string[]) => Promise<void>;

export interface AptGetOptions {
  /** @default 'apt-get' */
  readonly program?: string;
  readonly sleep?: Sleep;
}

/** For how long another process may hold the lock of the package lists or of dpkg. */
const LOCK_TIMEOUT_MS = 5 * MINUTE;
/** A mirror that is being synchronized fails for a moment. */
const MAX_FAILURES = 3;
const OPTIONS = [
  '-qq',
  '-o',
  `DPkg::Lock::Timeout=${LOCK_TIMEOUT_MS / SECOND}`,
  '-o',
  'Acquire::Retries=3',
];

/**
 * Returns a function that repeats a failed command. `DPkg::Lock::Timeout` does not concern the lock
 * of the package lists, which a new machine often holds for its own updates.
 */
export function createAptGet({
  program = 'apt-get',
  sleep = (delayMs) => setTimeout(delayMs),
}: AptGetOptions = {}): AptGet {
  // In run level 1 a package does not start its service. The text of errors is read below.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1', LC_ALL: 'C' };
  return async (...args) => {
    const endsAtMs = performance.now() + LOCK_TIMEOUT_MS;
    let failures = 0;
    await retryWithBackoff(() => run(program, [...OPTIONS, ...args], { env }), {
      backoff: { minMs: SECOND, maxMs: 10 * SECOND, jitter: 0.5 },
      sleep,
      onFailure(error) {
        const isFinal = isLocked(error)
          ? performance.now() > endsAtMs
          : ++failures === MAX_FAILURES;
        if (isFinal) throw error;
      },
    });
  };
}

/** The exit code of apt-get is 100 for every error. */
function isLocked(error: unknown): boolean {
  return error instanceof Error && error.message.includes('Could not get lock');
}
