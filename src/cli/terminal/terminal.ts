/** The standard output and standard error of a command. */
export interface Terminal {
  /** Writes results to standard output. */
  out(text: string): void;
  /** Writes problems to standard error. */
  err(text: string): void;
  /** In columns; undefined when standard output is not a terminal. */
  readonly width: number | undefined;
  readonly colour: boolean;
}
