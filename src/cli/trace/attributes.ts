/**
 * Attribute names that the command reads from spans. The list repeats a part of telemetry's own,
 * since `src/` does not import telemetry; a test compares the two.
 */
export const ATTRIBUTE = {
  actor: 'asya.actor',
  attempt: 'asya.attempt',
  dispatchKind: 'asya.dispatch.kind',
  end: 'asya.end',
  journeyId: 'asya.journey.id',
  outcome: 'asya.outcome',
  errorType: 'error.type',
} as const;
