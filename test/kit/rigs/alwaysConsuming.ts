import type { Intake } from '../../../src/sidecar/intake.ts';

/** An intake that always consumes, for parts that only need to have one. */
export function alwaysConsuming(): Intake {
  return {
    pause: async () => {},
    resume() {},
    reason: () => undefined,
    backOff() {},
    resetBackoff() {},
    isolate: () => false,
    idle: async () => {},
  };
}
