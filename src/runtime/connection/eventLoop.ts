import { setImmediate } from 'node:timers/promises';

/**
 * Resolves when the event loop has read all events that had arrived at the time of the call. The
 * first immediate may run in a turn that polled before the call; the second one follows a new poll.
 */
export async function untilEventsRead(): Promise<void> {
  await setImmediate();
  await setImmediate();
}
