import type { Layer } from '../../compose.ts';
import { payloadOf, type Envelope } from '../../envelope/envelope.ts';
import { readErrorReport } from '../../hop/failure/errorReport.ts';
import type { Decide } from '../../hop/hop.ts';
import type { Log } from '../../log.ts';

/** Logs each error envelope. For an error-end without a runtime, which stores them nowhere. */
export function logErrorEnvelopes(log: Log): Layer<Decide> {
  return (next) => (hop) => {
    if (mayBeErrorEnvelope(hop.envelope)) logFailure(hop.envelope, log);
    return next(hop);
  };
}

const START_BYTES = 64;

/** The payload of an error envelope begins with `error`; other payloads are not parsed. */
function mayBeErrorEnvelope(envelope: Envelope): boolean {
  return payloadOf(envelope).subarray(0, START_BYTES).includes('"error"');
}

function logFailure(envelope: Envelope, log: Log): void {
  const failure = readErrorReport(envelope)?.failure;
  if (failure === undefined) return;
  const { fault, actor, attempt, failedAt } = failure;
  log.warn(
    {
      code: fault.code,
      err: { type: fault.type ?? fault.code, message: fault.message },
      // The field `actor` is the actor that logs.
      failed_actor: actor,
      attempt,
      failed_at: failedAt,
    },
    'error envelope received',
  );
}
