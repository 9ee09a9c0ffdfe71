import { randomUUID } from 'node:crypto';

/** Creates unique message ids: one UUID per process and a counter, which costs less than UUIDs. */
export function createMessageIds(): () => string {
  const prefix = randomUUID();
  let count = 0;
  return () => `${prefix}-${++count}`;
}
