import { runtimeCrashed } from '../reply/failedReply.ts';
import type { Call } from '../runtime.ts';
import type { Codec, ReplyReader } from './codec.ts';
import type { Connection, ConnectionEvents, Exchange } from './connection.ts';
import { writeRequest, type WriteProgress } from './requestWriter.ts';
import type { RuntimeSocket } from '../socket/runtimeSocket.ts';
import {
  isTlsAlert,
  TlsExpectedError,
  tlsAlertOf,
  wasClosedUnread,
} from '../socket/systemError.ts';

/** Creates a connection that speaks the protocol of a codec on a connected socket. */
export function createSocketConnection(
  socket: RuntimeSocket,
  events: ConnectionEvents,
  codec: Codec,
): Connection {
  return new SocketConnection(socket, events, codec);
}

/** The running call. */
interface Running {
  readonly call: Call;
  readonly resolve: (exchange: Exchange) => void;
  progress: WriteProgress;
  /** Whether a byte of the reply has arrived. */
  hasReply: boolean;
}

class SocketConnection implements Connection {
  readonly #socket: RuntimeSocket;
  readonly #events: ConnectionEvents;
  readonly #codec: Codec;
  readonly #reader: ReplyReader;
  #running: Running | undefined;
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

  exchange(call: Call): Promise<Exchange> {
    return new Promise((resolve) => {
      const running: Running = { call, resolve, progress: 'none', hasReply: false };
      this.#running = running;
      writeRequest(this.#socket, this.#codec.encode(call), (progress) => {
        running.progress = progress;
      });
    });
  }

  isOpen(): boolean {
    return (
      this.#socket.readable && this.#socket.writable && this.#socket.writes.error === undefined
    );
  }

  close(): void {
    this.#settle({
      reply: runtimeCrashed('the connection to the runtime was closed before the reply'),
    });
    this.#socket.destroy();
  }

  #onData(chunk: Buffer): void {
    this.#events.onData();
    const running = this.#running;
    if (running === undefined) {
      this.#events.onUnexpectedData(chunk.length);
      this.#socket.destroy();
      return;
    }
    if (isPlainAlert(chunk, this.#socket) && !running.hasReply) return this.#refuse(running);
    running.hasReply = true;
    const result = this.#reader.push(chunk, running.call);
    if (result === undefined) return;
    // No request can follow one that is written in part.
    if (result.mustClose || !isWritten(running)) this.#socket.destroy();
    const { reply, keepAliveMs } = result;
    this.#settle(keepAliveMs === undefined ? { reply } : { reply, keepAliveMs });
  }

  #refuse(running: Running): void {
    this.#socket.destroy();
    const { reply } = this.#lostExchange(running);
    this.#settle({ reply, refusal: new TlsExpectedError('the runtime expects TLS') });
  }

  #onClose(): void {
    this.#events.onClose();
    const running = this.#running;
    if (running === undefined) return;
    const reply = this.#reader.end(running.call);
    this.#settle(reply === undefined ? this.#lostExchange(running) : { reply });
  }

  #lostExchange(running: Running): Exchange {
    const error = this.#readError ?? this.#socket.writes.error;
    const event = error === undefined ? 'was closed' : `was lost (${error.message})`;
    return {
      reply: runtimeCrashed(`the connection to the runtime ${event} before the reply`),
      safeToResend: this.#isSafeToResend(running, error),
      ...(tlsAlertOf(error) === undefined ? {} : { refusal: error }),
    };
  }

  /** Whether the runtime cannot have started the request. */
  #isSafeToResend(running: Running, error: Error | undefined): boolean {
    const { transport, writes } = this.#socket;
    return transport === 'unix' ? isUnreadOnUnix(running, error) : !writes.hasSentBytes;
  }

  #settle(exchange: Exchange): void {
    const running = this.#running;
    this.#running = undefined;
    running?.resolve(exchange);
  }
}

/** Whether the runtime answers a request without TLS with an alert, because it expects TLS. */
function isPlainAlert(chunk: Buffer, { transport }: RuntimeSocket): boolean {
  return transport === 'tcp' && isTlsAlert(chunk);
}

function isWritten({ progress }: Running): boolean {
  return progress === 'complete' || progress === 'complete in one write';
}

/**
 * Whether the runtime has not read the request. The runtime may have read the first pieces of a
 * larger request, and may have crashed on them.
 */
function isUnreadOnUnix({ progress }: Running, error: Error | undefined): boolean {
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
