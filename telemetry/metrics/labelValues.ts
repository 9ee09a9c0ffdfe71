import { FAULT_CODES, FAULTS, type FaultCode } from '../../src/faults.ts';
import type { DispatchKind, PauseReason } from '../../src/hop/hop.ts';
import type { HoldReason } from '../../src/sidecar/health.ts';

/** The label `message_type` of each dispatch: Asya's three values, and `retry` and `parked`. */
export const MESSAGE_TYPE = {
  next: 'routing',
  fanout: 'routing',
  happy_end: 'happy_end',
  error_end: 'error_end',
  retry: 'retry',
  parked: 'parked',
} as const satisfies Record<DispatchKind, string>;

export const PAUSE_REASONS: readonly PauseReason[] = [
  'runtime_absent',
  'suspect',
  'draining',
  'breaker',
  'rate_limit',
];
export const HOLD_REASONS: readonly HoldReason[] = ['unconfirmed', 'lost', 'unroutable', 'refused'];

/** The faults of a call to the runtime. */
export const CALL_FAULTS: readonly FaultCode[] = [
  'runtime_error',
  'runtime_timeout',
  'deadline_exceeded',
  'runtime_crashed',
  'reply_invalid',
  'reply_too_large',
];

/** The faults that are retried. */
export const RETRIED_FAULTS = FAULT_CODES.filter((code) => !FAULTS[code].isPermanent);
