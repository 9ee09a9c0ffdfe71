/** Why consuming is paused. */
export type PauseReason = 'runtime_absent' | 'suspect' | 'draining';
