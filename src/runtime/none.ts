import { payloadOf, type Envelope } from '../envelope/envelope.ts';
import { readErrorReport } from '../hop/failure/errorReport.ts';
import type { Log } from '../log.ts';
import type { Reply, Runtime } from './runtime.ts';

/**
 * No runtime, for ends: every envelope is answered at once. An error envelope is logged, as its
 * sole trace here.
 */
export function createNoRuntime(log: Log): Runtime {
  const reply: Reply = { kind: 'answered', items: [], sizeBytes: 0 };
  return {
    call: async ({ envelope }) => {
      if (mayBeErrorEnvelope(envelope)) logFailure(envelope, log);
      return reply;
    },
    close: async () => {},
  };
}

const START_BYTES = 64;

/** An error envelope's payload begins with its `error`: the other payloads are not parsed. */
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
      // `actor` is the actor of the log.
      failed_actor: actor,
      attempt,
      failed_at: failedAt,
    },
    'error envelope received',
  );
}
