import { chmod, lstat, mkdir, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { StartError } from '../startError.ts';

/** The socket of the runtime, and the file `runtime-ready` next to it. */
export class SocketFile {
  readonly path: string;
  readonly #readyPath: string;

  constructor(socketDir: string) {
    this.path = join(socketDir, 'asya-runtime.sock');
    this.#readyPath = join(socketDir, 'runtime-ready');
  }

  /**
   * Creates the folder, and removes the files that a killed runtime has left behind.
   *
   * @throws {StartError} if another process listens on the socket, or the folder is not accessible
   */
  async claim(): Promise<void> {
    try {
      await mkdir(dirname(this.path), { recursive: true });
      if (await this.#exists()) await this.#refuseLiveSocket();
      await rm(this.#readyPath, { force: true });
      await rm(this.path, { force: true });
    } catch (error) {
      throw error instanceof StartError ? error : new StartError(this.describe(error));
    }
  }

  /** Called when the server listens: grants access to owner and group, and reports readiness. */
  async announce(): Promise<void> {
    await chmod(this.path, 0o660);
    await writeFile(this.#readyPath, '');
  }

  /** Reports that the runtime is no longer ready. The server removes the socket when it closes. */
  async withdraw(): Promise<void> {
    await rm(this.#readyPath, { force: true });
  }

  describe(error: unknown): string {
    const reason = error instanceof Error ? error.message : String(error);
    return `cannot listen on ${this.path} (ASYA_SOCKET_DIR): ${reason}`;
  }

  async #exists(): Promise<boolean> {
    const stats = await lstat(this.path).catch(() => undefined);
    if (stats === undefined) return false;
    if (!stats.isSocket()) throw new StartError(`${this.path} exists and is not a socket`);
    return true;
  }

  async #refuseLiveSocket(): Promise<void> {
    const code = await connectError(this.path);
    if (code === 'ECONNREFUSED' || code === 'ENOENT') return;
    const reason = code === undefined || code === 'EAGAIN' ? 'another process listens on it' : code;
    throw new StartError(`cannot listen on ${this.path}: ${reason}`);
  }
}

/** Connects to a socket. Returns the system's code of the error, or undefined after success. */
function connectError(path: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(undefined);
    });
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  });
}
