import { pino } from 'pino';
import { Health } from '../../../src/sidecar/health.ts';
import { Intake } from '../../../src/sidecar/intake.ts';

/** An intake that is never started, for parts that need one. */
export function idleIntake(health = new Health()): Intake {
  const log = pino({ level: 'silent' });
  return new Intake({ prefetch: 10, health, log, rejectWaiting: () => {} });
}
