import { Guard } from '../../../telemetry/guard.ts';

class StrictGuard extends Guard {
  override reportOnce(error: unknown): void {
    throw error;
  }
}

/** For layers under test: a failure of telemetry fails the test. */
export const strictGuard: Guard = new StrictGuard(() => {});
