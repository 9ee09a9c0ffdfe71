import type { Socket } from 'node:net';
import { Client, errors, type Dispatcher } from 'undici';
import { payloadOf } from '../envelope.ts';
import { messageOf } from '../errors.ts';
import type { Connection, ConnectionEvents, Exchange } from './connections.ts';
import { crashed, replyInvalid, replyTooLarge } from './failure.ts';
import { readHttpReply } from './httpReply.ts';
import type { Request } from './runtime.ts';
import { isUnread } from './socket.ts';

export interface HttpOptions {
  readonly maxReplyBytes: number;
  readonly maxNesting: number;
}

/** A connection on which each request is a `POST /` with the payload as its body (HTTP/1.1). */
export function createHttpConnection(
  socket: Socket,
  events: ConnectionEvents,
  options: HttpOptions,
): Connection {
  const client = new Client('http://runtime', {
    connect: useOnce(socket),
    // How long a reply may take is not decided here.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  let open = true;
  socket.on('error', () => {
    // Told to the request on its way, if there is one, by the client, which listens too.
  });
  socket.once('close', () => {
    open = false;
    events.onClose();
  });
  client.once('disconnect', () => void client.destroy());

  return {
    exchange(request) {
      const { promise, resolve } = Promise.withResolvers<Exchange>();
      const body = payloadOf(request.envelope);
      client.dispatch(
        { path: '/', method: 'POST', headers: headersOf(request), body },
        collect(options, resolve),
      );
      return promise;
    },
    isOpen: () => open && socket.readable && socket.writable,
    close() {
      void client.destroy();
      socket.destroy();
    },
  };
}

/** What a request says of its envelope. Ids are percent-encoded, since they may be any text. */
export function headersOf(request: Request): Record<string, string> {
  const { envelope, actor, attempt, timeoutMs, idempotencyKey, context } = request;
  const { journeyId, deadlineMs } = envelope.headers;
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    'asya-envelope-id': encodeURIComponent(envelope.id),
    'asya-journey-id': encodeURIComponent(journeyId),
    'asya-actor': actor,
    'asya-attempt': String(attempt),
    'asya-timeout-ms': String(Math.round(timeoutMs)),
    'asya-idempotency-key': encodeURIComponent(idempotencyKey.toWellFormed()),
  };
  if (deadlineMs !== undefined) headers['asya-deadline'] = new Date(deadlineMs).toISOString();
  for (const [name, value] of Object.entries(context)) {
    // `baggage` comes from the sender, and may hold what no header can.
    if (HEADER_VALUE.test(value)) headers[name] = value;
  }
  return headers;
}

/** What RFC 9110 allows in the value of a header, less what is obsolete. */
const HEADER_VALUE = /^[\x20-\x7e\t]*$/;

/** The client connects by itself whenever it has no connection; here one socket is all that it gets. */
function useOnce(socket: Socket): (options: unknown, callback: (...result: Connecting) => void) => void {
  let used = false;
  return (_, callback) => {
    const result: Connecting = used ? [new ConnectionGone('the connection is gone'), null] : [null, socket];
    used = true;
    // It must not be called back before this has returned.
    queueMicrotask(() => callback(...result));
  };
}

type Connecting = [error: null, socket: Socket] | [error: Error, socket: null];

/** A request was not written: its connection ended while it was about to be. */
class ConnectionGone extends Error {
  override readonly name = 'ConnectionGone';
}

/** Collects a response, as far as it is not too large. */
function collect(options: HttpOptions, resolve: (exchange: Exchange) => void): Dispatcher.DispatchHandler {
  const { maxReplyBytes, maxNesting } = options;
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  let status = 0;
  let headers: Headers = {};

  function refuse(controller: Dispatcher.DispatchController, bytes: number): void {
    resolve({ reply: replyTooLarge(bytes, maxReplyBytes) });
    controller.abort(new errors.ResponseExceededMaxSizeError());
  }

  return {
    onRequestStart() {
      // Nobody stops a request; the client asks for the method all the same.
    },
    // Called for each response; those under 200 only announce another one.
    onResponseStart(controller, statusCode, received) {
      status = statusCode;
      headers = received;
      const announcedBytes = Number(received['content-length'] ?? 0);
      if (announcedBytes > maxReplyBytes) refuse(controller, announcedBytes);
    },
    onResponseData(controller, chunk) {
      sizeBytes += chunk.length;
      if (sizeBytes > maxReplyBytes) refuse(controller, sizeBytes);
      else chunks.push(chunk);
    },
    onResponseEnd() {
      const [first] = chunks;
      const body = first !== undefined && chunks.length === 1 ? first : Buffer.concat(chunks, sizeBytes);
      resolve({ reply: readHttpReply({ status, headers, body }, maxNesting, Date.now()) });
    },
    onResponseError(_, error) {
      resolve(status < 200 ? unanswered(error) : truncated(sizeBytes, error));
    },
  };
}

type Headers = Parameters<NonNullable<Dispatcher.DispatchHandler['onResponseStart']>>[2];

function truncated(sizeBytes: number, error: Error): Exchange {
  const message = `the reply is truncated after ${sizeBytes} bytes of its body: ${messageOf(error)}`;
  return { reply: replyInvalid(message) };
}

function unanswered(error: Error): Exchange {
  if (error instanceof errors.HTTPParserError || error instanceof errors.HeadersOverflowError) {
    return { reply: replyInvalid(`the reply is not HTTP: ${error.message}`) };
  }
  return {
    reply: crashed(`the connection to the runtime was lost (${error.message}) before the reply`),
    unread: error instanceof ConnectionGone || isUnread(error),
  };
}
