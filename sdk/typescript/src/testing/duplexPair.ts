import { Duplex } from 'node:stream';

/** Two ends of a connection in memory: what is written to one is read from the other. */
export function duplexPair(): readonly [Duplex, Duplex] {
  const first: MemoryEnd = new MemoryEnd(() => second);
  const second: MemoryEnd = new MemoryEnd(() => first);
  return [first, second];
}

class MemoryEnd extends Duplex {
  readonly #other: () => MemoryEnd;
  /** Called when this end has room for more. */
  #onRoom: (() => void) | undefined;

  constructor(other: () => MemoryEnd) {
    super();
    this.#other = other;
  }

  override _read(): void {
    const onRoom = this.#onRoom;
    this.#onRoom = undefined;
    onRoom?.();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: () => void): void {
    this.#other().#receive(chunk, callback);
  }

  override _final(callback: () => void): void {
    this.#other().#receive(null, callback);
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    callback(error);
    this.#other().#receive(null, () => {});
  }

  #receive(chunk: Buffer | null, onRoom: () => void): void {
    if (this.readableEnded || this.destroyed) onRoom();
    else if (this.push(chunk)) onRoom();
    else if (chunk === null) onRoom();
    else this.#onRoom = onRoom;
  }
}
