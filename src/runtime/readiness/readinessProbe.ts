import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Log } from '../../log.ts';
import type { RuntimeState } from '../runtime.ts';
import { connectTo, systemErrorCode } from '../connection/socket.ts';

export interface ReadinessProbeOptions {
  readonly socketPath: string;
  /** After so many milliseconds without a runtime one error is logged. */
  readonly readyTimeoutMs: number;
  /** @default 1000 */
  readonly intervalMs?: number;
  /** No call runs and no connection is kept: another connection disturbs nobody. */
  readonly isQuiet: () => boolean;
  /** Told at the first look, and at every change. */
  readonly onState: (state: RuntimeState) => void;
  readonly log: Log;
}

/** Knows whether the runtime can be called. */
export interface ReadinessProbe {
  /** Looks now. */
  check(): Promise<void>;
  /** To be told when a call did not reach the runtime. */
  reportUnreachable(reason: string): void;
  close(): void;
}

/**
 * Looks for the runtime each second: for the file `runtime-ready` beside its socket, which a
 * runtime may write when it has loaded what it needs, else by connecting. As long as it is ready
 * and has something to do, the calls tell.
 */
export function openReadinessProbe(options: ReadinessProbeOptions): ReadinessProbe {
  const { socketPath, readyTimeoutMs, intervalMs = 1000, isQuiet, onState, log } = options;
  const readyFile = join(dirname(socketPath), 'runtime-ready');
  let state: RuntimeState | undefined;
  let missingSince = performance.now();
  let isOverdue = false;
  let isLooking = false;
  // The file of a runtime that was killed stays; it is believed again when it is written again.
  let isFileDoubted = false;
  let doubtedFileMs: number | undefined;

  async function look(): Promise<void> {
    if (isLooking) return;
    isLooking = true;
    try {
      const reason = (await isFileFresh()) ? undefined : await whyUnreachable(socketPath);
      if (reason === undefined) setReady();
      else setMissing(reason);
    } finally {
      isLooking = false;
    }
  }

  async function isFileFresh(): Promise<boolean> {
    const writtenMs = await modifiedMs(readyFile);
    if (isFileDoubted) {
      isFileDoubted = false;
      doubtedFileMs = writtenMs;
    }
    return writtenMs !== undefined && writtenMs !== doubtedFileMs;
  }

  function setReady(): void {
    isOverdue = false;
    set({ ready: true });
  }

  function setMissing(reason: string): void {
    if (state?.ready === true) missingSince = performance.now();
    if (!isOverdue && performance.now() - missingSince >= readyTimeoutMs) {
      isOverdue = true;
      log.error({ reason, readyTimeoutMs }, 'the runtime did not become ready in time');
    }
    set({
      ready: false,
      reason: isOverdue ? `${reason} (for longer than ${readyTimeoutMs} ms)` : reason,
    });
  }

  function set(next: RuntimeState): void {
    const isSame = next.ready
      ? state?.ready === true
      : state?.ready === false && state.reason === next.reason;
    state = next;
    if (!isSame) onState(next);
  }

  const timer = setInterval(() => {
    if (state?.ready !== true || isQuiet()) void look();
  }, intervalMs);

  return {
    check: look,
    reportUnreachable(reason) {
      isFileDoubted = true;
      setMissing(reason);
    },
    close: () => clearInterval(timer),
  };
}

/** When a file was last written, in milliseconds; undefined when there is none. */
async function modifiedMs(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).mtimeMs;
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
    // Missing, or not to be seen by this user: it says nothing.
    return undefined;
  }
}

async function whyUnreachable(socketPath: string): Promise<string | undefined> {
  const connected = await connectTo(socketPath, 0);
  if ('absent' in connected) return connected.absent;
  connected.socket.destroy();
  return undefined;
}
