/**
 * The names of the span attributes that `trace` reads. `src/` must not import telemetry, so the
 * list repeats a part of telemetry's own; a test compares the two.
 */
export const ATTRIBUTE = {
  actor: 'asya.actor',
  attempt: 'asya.attempt',
  batchWait: 'asya.batch.wait',
  dispatchKind: 'asya.dispatch.kind',
  end: 'asya.end',
  envelopeId: 'asya.envelope.id',
  fanoutSize: 'asya.fanout.size',
  journeyId: 'asya.journey.id',
  link: 'asya.link',
  outcome: 'asya.outcome',
  outcomeReason: 'asya.outcome.reason',
  rateLimitWait: 'asya.rate_limit.wait',
  errorType: 'error.type',
} as const;
