import { Guard } from '../../../telemetry/guard.ts';

class StrictGuard extends Guard {
  override reportOnce(error: unknown): void {
    throw error;
  }
}

/** A guard for layers under test: an error in telemetry fails the test. */
export const strictGuard: Guard = new StrictGuard(() => {});
