import type { Connection, ConnectionEvents, Exchange } from './connections.ts';
import { crashed } from '../reply/failure.ts';
import type { Protocol, ReplyReader } from './protocol.ts';
import type { Request } from '../runtime.ts';
import { isUnread, type RuntimeSocket } from './socket.ts';
import { writeInPieces, type WriteProgress } from './writing.ts';

/** Speaks a protocol on a socket that is connected. */
export function createSocketConnection(
  socket: RuntimeSocket,
  events: ConnectionEvents,
  protocol: Protocol,
): Connection {
  return new SocketConnection(socket, events, protocol);
}

/** The request under way. */
interface Call {
  readonly resolve: (exchange: Exchange) => void;
  progress: WriteProgress;
}

class SocketConnection implements Connection {
  readonly #socket: RuntimeSocket;
  readonly #events: ConnectionEvents;
  readonly #protocol: Protocol;
  readonly #reader: ReplyReader;
  #call: Call | undefined;
  #readError: Error | undefined;

  constructor(socket: RuntimeSocket, events: ConnectionEvents, protocol: Protocol) {
    this.#socket = socket;
    this.#events = events;
    this.#protocol = protocol;
    this.#reader = protocol.createReader();
    socket.on('data', (chunk: Buffer) => this.#take(chunk));
    // No answer can come any more, even if the runtime never reads the rest of the request.
    socket.on('end', () => socket.destroy());
    socket.on('error', (error) => {
      this.#readError = error;
    });
    socket.on('close', () => this.#end());
  }

  exchange(request: Request): Promise<Exchange> {
    return new Promise((resolve) => {
      const call: Call = { resolve, progress: 'nothing' };
      this.#call = call;
      writeInPieces(this.#socket, this.#protocol.encode(request), (progress) => {
        call.progress = progress;
      });
    });
  }

  isOpen(): boolean {
    return this.#socket.readable && this.#socket.writable && this.#socket.writeError === undefined;
  }

  close(): void {
    this.#settle({ reply: crashed('the connection to the runtime was closed before the reply') });
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    this.#events.onData();
    const call = this.#call;
    if (call === undefined) {
      this.#events.onMisuse(`the runtime sent ${chunk.length} bytes without a request`);
      this.#socket.destroy();
      return;
    }
    const decided = this.#reader.push(chunk);
    if (decided === undefined) return;
    // A request that is written in part cannot be followed by another one.
    if (decided.isLast || !isWritten(call)) this.#socket.destroy();
    this.#settle({ reply: decided.reply });
  }

  #end(): void {
    this.#events.onClose();
    const call = this.#call;
    if (call === undefined) return;
    const reply = this.#reader.end();
    this.#settle(reply === undefined ? this.#lostExchange(call) : { reply });
  }

  #lostExchange(call: Call): Exchange {
    const error = this.#readError ?? this.#socket.writeError;
    const why = error === undefined ? 'was closed' : `was lost (${error.message})`;
    return {
      reply: crashed(`the connection to the runtime ${why} before the reply`),
      unread: isUnseen(call, error),
    };
  }

  #settle(exchange: Exchange): void {
    const call = this.#call;
    this.#call = undefined;
    call?.resolve(exchange);
  }
}

function isWritten({ progress }: Call): boolean {
  return progress === 'written' || progress === 'written at once';
}

/**
 * Whether the connection was closed before the runtime can have begun with the request. Of a
 * request in several pieces the runtime may have read some, and may have died of it.
 */
function isUnseen({ progress }: Call, error: Error | undefined): boolean {
  switch (progress) {
    case 'nothing':
      return true;
    case 'written at once':
      return isUnread(error);
    case 'begun':
    case 'written':
      return false;
  }
}
