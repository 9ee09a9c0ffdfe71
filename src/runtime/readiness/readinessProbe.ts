import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Log } from '../../log.ts';
import { SECOND } from '../../units.ts';
import { connectTo, systemErrorCode } from '../connection/socket.ts';
import type { RuntimeState } from '../runtime.ts';

export interface ReadinessProbeOptions {
  readonly socketPath: string;
  /** The time without a ready runtime after which one error is logged, in milliseconds. */
  readonly readyTimeoutMs: number;
  /** @default 1000 */
  readonly intervalMs?: number;
  /** Whether no call runs and no connection is open, so that a test connection is harmless. */
  readonly isQuiet: () => boolean;
  /** Called after the first check, and at each change. */
  readonly onState: (state: RuntimeState) => void;
  readonly log: Log;
}

/** Determines whether the runtime can be called. */
export interface ReadinessProbe {
  /** Checks now. */
  check(): Promise<void>;
  /** Records that a call could not connect to the runtime. */
  reportUnreachable(reason: string): void;
  close(): void;
}

/**
 * Checks the runtime once a second. It is ready if the file `runtime-ready` exists next to its
 * socket, or if a connection to the socket succeeds. A ready runtime is not checked while calls run
 * or connections are open, because calls detect its loss.
 */
export function openReadinessProbe(options: ReadinessProbeOptions): ReadinessProbe {
  return new IntervalProbe(options);
}

/** Returns the path of the file by which the runtime of a socket reports its readiness. */
export function readyFileOf(socketPath: string): string {
  return join(dirname(socketPath), 'runtime-ready');
}

class IntervalProbe implements ReadinessProbe {
  readonly #options: ReadinessProbeOptions;
  readonly #readyFile: ReadyFile;
  readonly #timer: NodeJS.Timeout;
  #state: RuntimeState | undefined;
  #unreadySinceMs = performance.now();
  #hasTimedOut = false;
  #isChecking = false;

  constructor(options: ReadinessProbeOptions) {
    const { socketPath, isQuiet, intervalMs = SECOND } = options;
    this.#options = options;
    this.#readyFile = new ReadyFile(readyFileOf(socketPath));
    this.#timer = setInterval(() => {
      if (this.#state?.ready !== true || isQuiet()) void this.check();
    }, intervalMs);
  }

  async check(): Promise<void> {
    if (this.#isChecking) return;
    this.#isChecking = true;
    try {
      const isReady = await this.#readyFile.isTrusted();
      const problem = isReady ? undefined : await connectProblem(this.#options.socketPath);
      if (problem === undefined) this.#setReady();
      else this.#setUnready(problem);
    } finally {
      this.#isChecking = false;
    }
  }

  reportUnreachable(reason: string): void {
    this.#readyFile.distrust();
    this.#setUnready(reason);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #setReady(): void {
    this.#hasTimedOut = false;
    this.#setState({ ready: true });
  }

  #setUnready(reason: string): void {
    const { readyTimeoutMs, log } = this.#options;
    if (this.#state?.ready === true) this.#unreadySinceMs = performance.now();
    if (!this.#hasTimedOut && performance.now() - this.#unreadySinceMs >= readyTimeoutMs) {
      this.#hasTimedOut = true;
      log.error({ reason, readyTimeoutMs }, 'runtime not ready in time');
    }
    const suffix = this.#hasTimedOut ? ` (for longer than ${readyTimeoutMs} ms)` : '';
    this.#setState({ ready: false, reason: `${reason}${suffix}` });
  }

  #setState(next: RuntimeState): void {
    const current = this.#state;
    const isSame = next.ready
      ? current?.ready === true
      : current?.ready === false && current.reason === next.reason;
    this.#state = next;
    if (!isSame) this.#options.onState(next);
  }
}

/**
 * The file by which a runtime reports its readiness. A killed runtime leaves the file behind. After
 * `distrust`, the file is therefore ignored until it is written again.
 */
class ReadyFile {
  readonly #path: string;
  #distrustAtNextCheck = false;
  /** The modification time of the ignored file. */
  #ignoredMs: number | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  async isTrusted(): Promise<boolean> {
    const modifiedMs = await modificationTimeOf(this.#path);
    if (this.#distrustAtNextCheck) {
      this.#distrustAtNextCheck = false;
      this.#ignoredMs = modifiedMs;
    }
    return modifiedMs !== undefined && modifiedMs !== this.#ignoredMs;
  }

  distrust(): void {
    this.#distrustAtNextCheck = true;
  }
}

/** In milliseconds since the epoch; undefined if the file does not exist or is not accessible. */
async function modificationTimeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).mtimeMs;
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
    return undefined;
  }
}

async function connectProblem(socketPath: string): Promise<string | undefined> {
  const connected = await connectTo(socketPath, 0);
  if ('absent' in connected) return connected.absent;
  connected.socket.destroy();
  return undefined;
}
