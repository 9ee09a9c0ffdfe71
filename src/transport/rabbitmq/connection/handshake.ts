import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { Duplex } from 'node:stream';

/** The reply with which a broker ended the opening handshake. */
export interface Refusal {
  /** What it refused: the login, or access to the virtual host. */
  readonly stage: 'login' | 'vhost';
  readonly text: string;
}

/** Records what a broker sends while a connection opens. */
export interface HandshakeRecorder {
  /** Call it in the turn in which the socket was created. */
  socketOpened(): void;
  refusal(): Refusal | undefined;
  /** Ends the recording. */
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
  const onSocket = (message: unknown): void => {
    if (typeof message !== 'object' || message === null || !('socket' in message)) return;
    if (message.socket instanceof Duplex) socket = message.socket;
  };
  subscribe(SOCKET_CREATED, onSocket);

  function socketOpened(): void {
    unsubscribe(SOCKET_CREATED, onSocket);
    if (socket === undefined) return;
    const read = socket.read.bind(socket);
    socket.read = (size?: number): unknown => {
      const chunk: unknown = read(size);
      if (Buffer.isBuffer(chunk)) chunks.push(chunk);
      return chunk;
    };
  }

  return {
    socketOpened,
    refusal: () => refusalIn(Buffer.concat(chunks)),
    stop: () => {
      unsubscribe(SOCKET_CREATED, onSocket);
      // The method of the prototype again.
      if (socket !== undefined) Reflect.deleteProperty(socket, 'read');
      chunks.length = 0;
    },
  };
}

// Frames and methods as in AMQP 0-9-1, 4.2.3 and 1.4.2.
const FRAME_HEADER_BYTES = 7;
const METHOD_FRAME = 1;
const CONNECTION_CLASS = 10;
const TUNE_METHOD = 30;
const CLOSE_METHOD = 50;

/** The `connection.close` among the frames; before `connection.tune` the login was refused. */
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
