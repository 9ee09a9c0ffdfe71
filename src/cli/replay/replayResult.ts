/** The result for one message that matched the filters. */
export interface ReplayResult {
  /** The line of a file, as `FILE:LINE`; undefined for a message of a queue. */
  readonly position: string | undefined;
  readonly id: string | undefined;
  readonly code: string | undefined;
  /** The actor that receives the original; undefined when the original cannot be restored. */
  readonly to: string | undefined;
  readonly outcome: 'replayed' | 'would_be_replayed' | 'left';
  /** Why the message is left. */
  readonly reason?: string;
}

/** `replayed`, `would be replayed`, or `left` and the reason. */
export function describeOutcome({ outcome, reason }: ReplayResult): string {
  const text = outcome.replaceAll('_', ' ');
  return reason === undefined ? text : `${text}: ${reason}`;
}
