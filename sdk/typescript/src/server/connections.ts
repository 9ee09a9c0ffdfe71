import type { Duplex } from 'node:stream';
import type { Connection } from './connection.ts';

/** The open connections of a server. */
export class Connections {
  readonly #open = new Map<Duplex, Connection>();
  #isClosing = false;
  #onEmpty: (() => void) | undefined;

  add(socket: Duplex, connection: Connection): void {
    this.#open.set(socket, connection);
    socket.on('close', () => {
      this.#open.delete(socket);
      if (this.#open.size === 0) this.#onEmpty?.();
    });
    if (this.#isClosing) connection.close();
  }

  /** Closes each connection after the reply of its running call. Resolves when all are closed. */
  close(): Promise<void> {
    this.#isClosing = true;
    for (const connection of this.#open.values()) connection.close();
    return new Promise((resolve) => {
      this.#onEmpty = resolve;
      if (this.#open.size === 0) resolve();
    });
  }

  /** Closes all connections at once. Returns the number of those with a running call. */
  destroy(): number {
    let busy = 0;
    for (const connection of this.#open.values()) {
      if (connection.isBusy) busy++;
      connection.destroy();
    }
    return busy;
  }
}
