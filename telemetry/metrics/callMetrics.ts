import type { FaultCode } from '../../src/faults.ts';
import type { CallReply, LateCompletion } from '../../src/runtime/runtime.ts';
import type { CallObserver, ReplyObserver } from '../observers.ts';
import type { Recorder } from './recorder.ts';

/**
 * Measures the part of each hop in a call. It runs inside the hop's span, to which the exemplars
 * point.
 */
export function measureReplies(record: Recorder): ReplyObserver {
  return (_, reply, durationMs) => {
    if (reply.kind !== 'absent') record.runtimeHopTime(durationMs / 1000);
  };
}

/** Measures every call to the runtime, once for all of its envelopes. */
export function measureCalls(record: Recorder): CallObserver {
  return ({ requests, batch }, reply, durationMs) => {
    if (reply.kind === 'absent') return;
    record.runtimeDuration(durationMs / 1000);
    if (batch !== undefined) record.batchSize(requests.length);
    for (const error_type of faultsOf(reply)) record.runtimeErrors(1, { error_type });
    if (reply.kind !== 'failed') return;
    if (requests.length > 1) record.batchFailures(1, { error_type: reply.fault.code });
    if (reply.lateCompletion !== undefined) void countLate(record, reply.lateCompletion);
  };
}

/** The fault of a failed call, or the faults of the envelopes whose own replies are errors. */
function faultsOf(reply: CallReply): FaultCode[] {
  if (reply.kind === 'failed') return [reply.fault.code];
  if (reply.kind !== 'answered') return [];
  return reply.replies.flatMap((one) => (one.kind === 'failed' ? [one.fault.code] : []));
}

async function countLate(record: Recorder, end: Promise<LateCompletion>): Promise<void> {
  if ((await end) === 'answered') record.lateReplies(1);
}
