/**
 * The exit codes of `asya-sidecar`. A command that is still running two seconds after a signal is
 * ended by that signal, which a shell reports as 128 plus the signal's number.
 */
export const EXIT = { done: 0, failed: 1, usage: 2, timeOver: 3 } as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** The meaning of each exit code, for the help. */
export const EXIT_MEANINGS: Readonly<Record<ExitCode, string>> = {
  [EXIT.done]: 'everything was done, or a signal stopped the sidecar',
  [EXIT.failed]: 'a fault, or a command that did not do everything',
  [EXIT.usage]: 'the command line or the configuration is invalid',
  [EXIT.timeOver]: 'the time to wait was over before all answers had arrived',
};

/** The command line is invalid (`EXIT.usage`). `message` names the argument and the rule. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  /** The command whose help describes the rule, if it is not the one that was called. */
  readonly command: string | undefined;
  constructor(message: string, options?: UsageErrorOptions) {
    super(message, options);
    this.command = options?.command;
  }
}

interface UsageErrorOptions extends ErrorOptions {
  readonly command?: string | undefined;
}

/** A command cannot do its work (`EXIT.failed`). `message` gives the reason. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}
