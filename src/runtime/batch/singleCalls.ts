import type { Call, Reply, Request, Runtime, RuntimeClient } from '../runtime.ts';

/** Creates a runtime that makes one call for each request. */
export function createSingleCalls(client: RuntimeClient): Runtime {
  return {
    async call(request) {
      const reply = await client.send(callOf(request));
      return reply.kind === 'answered' ? onlyReply(reply.replies) : reply;
    },
    close: () => client.close(),
  };
}

function callOf(request: Request): Call {
  const { actor, timeoutMs, context, envelope } = request;
  const { deadlineMs } = envelope.headers;
  return { requests: [request], isBatch: false, actor, timeoutMs, deadlineMs, context };
}

function onlyReply([reply]: readonly Reply[]): Reply {
  if (reply === undefined) throw new Error('the client has returned no reply');
  return reply;
}
