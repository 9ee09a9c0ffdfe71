import type { LateCompletion, Reply } from '../../../src/runtime/runtime.ts';

/** How a call ended after its timeout; undefined if it did not time out. */
export async function lateCompletionOf(reply: Reply): Promise<LateCompletion | undefined> {
  return reply.kind === 'failed' ? reply.lateCompletion : undefined;
}
