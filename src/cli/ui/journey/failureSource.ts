import type { JourneyFailure } from './contract.ts';

/** An error in error-end's queue, with the journey and the route of its original. */
export interface FoundFailure {
  readonly failure: JourneyFailure;
  readonly journey: string;
  readonly route?: { readonly actors: readonly string[]; readonly current: number } | undefined;
}

/** Reads errors from error-end's queue. */
export interface FailureSource {
  /**
   * Finds the errors of a journey, the oldest first.
   * @param id that of the journey, or of an envelope of it
   * @throws an Error with the reason when the queue cannot be read
   */
  failuresOf(id: string, signal: AbortSignal): Promise<readonly FoundFailure[]>;
}
