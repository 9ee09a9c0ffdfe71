import type { LateEnd, Reply } from '../../../src/runtime/runtime.ts';

/** How a call goes on to its end after it has timed out; undefined when it has not. */
export async function lateEnd(reply: Reply): Promise<LateEnd | undefined> {
  return reply.kind === 'failed' ? reply.stillRunning : undefined;
}
