/** The standard output and standard error of a command. */
export interface Terminal {
  /** Writes results to standard output. */
  out(text: string): void;
  /**
   * Writes bytes to standard output, and resolves when they have left the process. Keep the number
   * of pending writes small: each one is in memory.
   * @throws when the reader has closed standard output, or a disk is full
   */
  write(bytes: Buffer): Promise<void>;
  /** Makes the written bytes durable if standard output is a file. */
  sync(): Promise<void>;
  /** Writes problems to standard error. */
  err(text: string): void;
  /**
   * Shows the state of a long command on standard error; the next output replaces it. May be called
   * often. Has no effect when standard error is not a terminal.
   */
  progress(text: string): void;
  /** In columns; undefined when standard output is not a terminal. */
  readonly width: number | undefined;
  readonly colour: boolean;
}
