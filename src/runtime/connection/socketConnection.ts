import { runtimeCrashed } from '../reply/failedReply.ts';
import type { Request } from '../runtime.ts';
import type { Codec, ReplyReader } from './codec.ts';
import type { Connection, ConnectionEvents, Exchange } from './connection.ts';
import { writeRequest, type WriteProgress } from './requestWriter.ts';
import { wasClosedUnread, type RuntimeSocket } from './socket.ts';

/** Creates a connection that speaks the protocol of a codec on a connected socket. */
export function createSocketConnection(
  socket: RuntimeSocket,
  events: ConnectionEvents,
  codec: Codec,
): Connection {
  return new SocketConnection(socket, events, codec);
}

/** The running request. */
interface Call {
  readonly resolve: (exchange: Exchange) => void;
  progress: WriteProgress;
}

class SocketConnection implements Connection {
  readonly #socket: RuntimeSocket;
  readonly #events: ConnectionEvents;
  readonly #codec: Codec;
  readonly #reader: ReplyReader;
  #call: Call | undefined;
  #readError: Error | undefined;

  constructor(socket: RuntimeSocket, events: ConnectionEvents, codec: Codec) {
    this.#socket = socket;
    this.#events = events;
    this.#codec = codec;
    this.#reader = codec.createReader();
    socket.on('data', (chunk: Buffer) => this.#onData(chunk));
    // The runtime sends nothing more, even if it has not read the request to its end.
    socket.on('end', () => socket.destroy());
    socket.on('error', (error) => {
      this.#readError = error;
    });
    socket.on('close', () => this.#onClose());
  }

  exchange(request: Request): Promise<Exchange> {
    return new Promise((resolve) => {
      const call: Call = { resolve, progress: 'none' };
      this.#call = call;
      writeRequest(this.#socket, this.#codec.encode(request), (progress) => {
        call.progress = progress;
      });
    });
  }

  isOpen(): boolean {
    return this.#socket.readable && this.#socket.writable && this.#socket.writeError === undefined;
  }

  close(): void {
    this.#settle({
      reply: runtimeCrashed('the connection to the runtime was closed before the reply'),
    });
    this.#socket.destroy();
  }

  #onData(chunk: Buffer): void {
    this.#events.onData();
    const call = this.#call;
    if (call === undefined) {
      this.#events.onUnexpectedData(chunk.length);
      this.#socket.destroy();
      return;
    }
    const result = this.#reader.push(chunk);
    if (result === undefined) return;
    // No request can follow one that is written in part.
    if (result.mustClose || !isWritten(call)) this.#socket.destroy();
    this.#settle({ reply: result.reply });
  }

  #onClose(): void {
    this.#events.onClose();
    const call = this.#call;
    if (call === undefined) return;
    const reply = this.#reader.end();
    this.#settle(reply === undefined ? this.#lostExchange(call) : { reply });
  }

  #lostExchange(call: Call): Exchange {
    const error = this.#readError ?? this.#socket.writeError;
    const event = error === undefined ? 'was closed' : `was lost (${error.message})`;
    return {
      reply: runtimeCrashed(`the connection to the runtime ${event} before the reply`),
      safeToResend: isSafeToResend(call, error),
    };
  }

  #settle(exchange: Exchange): void {
    const call = this.#call;
    this.#call = undefined;
    call?.resolve(exchange);
  }
}

function isWritten({ progress }: Call): boolean {
  return progress === 'complete' || progress === 'complete in one write';
}

/**
 * Whether the runtime cannot have started the request. The runtime may have read the first pieces
 * of a larger request, and may have crashed on them.
 */
function isSafeToResend({ progress }: Call, error: Error | undefined): boolean {
  switch (progress) {
    case 'none':
      return true;
    case 'complete in one write':
      return wasClosedUnread(error);
    case 'partial':
    case 'complete':
      return false;
  }
}
