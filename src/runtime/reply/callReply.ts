import type { CallReply, Reply } from '../runtime.ts';

/** The reply to a call of one request. */
export function toCallReply(reply: Reply): CallReply {
  if (reply.kind !== 'answered') return reply;
  return { kind: 'answered', replies: [reply], sizeBytes: reply.sizeBytes };
}
