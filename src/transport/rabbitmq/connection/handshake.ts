import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { Duplex } from 'node:stream';

/** The reply with which a broker ended the opening handshake. */
export interface Refusal {
  /** The refused step: the login, or the access to the virtual host. */
  readonly stage: 'login' | 'vhost';
  readonly text: string;
}

/** Records the bytes that a broker sends while a connection opens. */
export interface HandshakeRecorder {
  /** Must be called in the turn of the event loop in which the socket was created. */
  socketOpened(): void;
  /** Reports whether the socket was connected. */
  socketConnected(): boolean;
  /** Returns undefined when the broker has not refused the connection. */
  refusal(): Refusal | undefined;
  /** Stops recording and releases the recorded bytes. */
  stop(): void;
}

const SOCKET_CREATED = 'net.client.socket';

/**
 * Records the bytes of one opening handshake. amqplib reports a refused virtual host as `Expected
 * ConnectionOpenOk; got <ConnectionClose>`, without the broker's reply text, and gives no access to
 * the socket or the frame. Node announces each new client socket on a diagnostics channel.
 */
export function recordHandshake(): HandshakeRecorder {
  const chunks: Buffer[] = [];
  let socket: Duplex | undefined;
  let isConnected = false;
  const onSocket = (message: unknown): void => {
    if (typeof message !== 'object' || message === null || !('socket' in message)) return;
    if (message.socket instanceof Duplex) socket = message.socket;
  };
  subscribe(SOCKET_CREATED, onSocket);

  function socketOpened(): void {
    unsubscribe(SOCKET_CREATED, onSocket);
    if (socket === undefined) return;
    socket.once('connect', () => (isConnected = true));
    const read = socket.read.bind(socket);
    socket.read = (size?: number): unknown => {
      const chunk: unknown = read(size);
      if (Buffer.isBuffer(chunk)) chunks.push(chunk);
      return chunk;
    };
  }

  return {
    socketOpened,
    socketConnected: () => isConnected,
    refusal: () => refusalIn(Buffer.concat(chunks)),
    stop: () => {
      unsubscribe(SOCKET_CREATED, onSocket);
      // Uncovers the method of the prototype.
      if (socket !== undefined) Reflect.deleteProperty(socket, 'read');
      chunks.length = 0;
    },
  };
}

// AMQP 0-9-1: frames in 4.2.3, methods in 1.4.2.
const FRAME_HEADER_BYTES = 7;
const METHOD_FRAME = 1;
const CONNECTION_CLASS = 10;
const TUNE_METHOD = 30;
const CLOSE_METHOD = 50;

/**
 * Finds `connection.close` among the frames. Before `connection.tune` it refuses the login, after
 * it the virtual host.
 */
function refusalIn(bytes: Buffer): Refusal | undefined {
  let stage: Refusal['stage'] = 'login';
  for (let at = 0; at + FRAME_HEADER_BYTES + 7 <= bytes.length;) {
    const payload = at + FRAME_HEADER_BYTES;
    const isMethod =
      bytes.readUInt8(at) === METHOD_FRAME && bytes.readUInt16BE(payload) === CONNECTION_CLASS;
    const method = isMethod ? bytes.readUInt16BE(payload + 2) : undefined;
    if (method === TUNE_METHOD) stage = 'vhost';
    if (method === CLOSE_METHOD) return { stage, text: shortStringAt(bytes, payload + 6) };
    at = payload + bytes.readUInt32BE(at + 3) + 1;
  }
  return undefined;
}

function shortStringAt(bytes: Buffer, at: number): string {
  return bytes.toString('utf8', at + 1, at + 1 + bytes.readUInt8(at));
}
