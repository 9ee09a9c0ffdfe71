import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { RuntimeAddress } from '../socket/endpoint.ts';
import { systemErrorCode } from '../socket/systemError.ts';

/**
 * Returns the path of the file by which the runtime of a Unix socket reports its readiness;
 * undefined over TCP.
 */
export function readyFileOf(address: RuntimeAddress): string | undefined {
  if (address.transport === 'tcp') return undefined;
  return join(dirname(address.path), 'runtime-ready');
}

/**
 * The file by which a runtime reports its readiness. A killed runtime leaves the file behind. After
 * `distrust`, the file is therefore ignored until it is written again.
 */
export class ReadyFile {
  readonly #path: string | undefined;
  #distrustAtNextCheck = false;
  /** The modification time of the ignored file. */
  #ignoredMs: number | undefined;

  /** @param path undefined if there is no such file */
  constructor(path: string | undefined) {
    this.#path = path;
  }

  async isTrusted(): Promise<boolean> {
    if (this.#path === undefined) return false;
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
