import type { Call, Reply, Request, Runtime, RuntimeClient } from '../runtime.ts';
import { FormedBatch } from './formedBatch.ts';

/**
 * Creates the innermost runtime: the requests of a batch join one call, and any other request is a
 * call of its own.
 */
export function joinCalls(client: RuntimeClient): Runtime {
  return {
    call(request) {
      const { batch } = request;
      return batch instanceof FormedBatch ? batch.join(request, client) : callOnce(client, request);
    },
    close: () => client.close(),
  };
}

async function callOnce(client: RuntimeClient, request: Request): Promise<Reply> {
  const reply = await client.send(callOf(request));
  return reply.kind === 'answered' ? onlyReply(reply.replies) : reply;
}

function callOf(request: Request): Call {
  const { actor, timeoutMs, context, envelope, batch } = request;
  const { deadlineMs } = envelope.headers;
  return { requests: [request], batch, actor, timeoutMs, deadlineMs, context };
}

function onlyReply([reply]: readonly Reply[]): Reply {
  if (reply === undefined) throw new Error('the client has returned no reply');
  return reply;
}
