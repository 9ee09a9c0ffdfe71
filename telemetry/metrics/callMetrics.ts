import type { CallReply, LateCompletion, Reply } from '../../src/runtime/runtime.ts';
import type { CallObserver, ReplyObserver } from '../observers.ts';
import type { Recorder } from './recorder.ts';

/** The observers of calls to the runtime. */
export interface CallMeasuring {
  /** Measures each hop's part of a call, inside of the hop's span. */
  readonly replies: ReplyObserver;
  /** Measures each call, once for all of its envelopes. */
  readonly calls: CallObserver;
}

/**
 * Measures calls. The failure of a whole call is one error, however many hops receive it; any other
 * failure is that of one hop, and so is each deadline.
 */
export function measureCalls(record: Recorder): CallMeasuring {
  const ofWholeCalls = new WeakSet<CallReply | Reply>();
  const countError = ({ fault }: Failure): void =>
    record.runtimeErrors(1, { error_type: fault.code });
  return {
    replies(_, reply, durationMs) {
      if (reply.kind !== 'absent') record.runtimeHopTime(durationMs / 1000);
      if (reply.kind === 'failed' && !ofWholeCalls.has(reply)) countError(reply);
    },
    calls({ requests, batch }, reply, durationMs) {
      if (reply.kind === 'absent') return;
      record.runtimeDuration(durationMs / 1000);
      if (batch !== undefined) record.batchSize(requests.length);
      if (reply.kind !== 'failed') return;
      if (reply.lateCompletion !== undefined) void countLate(record, reply.lateCompletion);
      if (reply.fault.code === 'deadline_exceeded') return;
      ofWholeCalls.add(reply);
      countError(reply);
      if (requests.length > 1) record.batchFailures(1, { error_type: reply.fault.code });
    },
  };
}

type Failure = Extract<Reply, { kind: 'failed' }>;

async function countLate(record: Recorder, end: Promise<LateCompletion>): Promise<void> {
  if ((await end) === 'answered') record.lateReplies(1);
}
