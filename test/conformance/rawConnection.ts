import type { Socket } from 'node:net';
import { connectTo } from '../../src/runtime/socket/connect.ts';
import { createFrameDecoder, encodeFrame } from '../../src/runtime/framed/framing.ts';
import { SECOND } from '../../src/units.ts';
import type { Closing } from '../kit/processes/closing.ts';
import { within } from '../kit/processes/until.ts';
import { createResponseDecoder } from './responseDecoder.ts';
import type { Protocol } from './runtimes/adapter.ts';
import { unixEndpoint } from '../kit/runtimes/endpoints.ts';

/** A reply as it was sent, before the sidecar reads it. */
export interface RawReply {
  /** The status, of the protocol `http` only. */
  readonly status?: number;
  /** The headers, of the protocol `http` only. */
  readonly headers?: ReadonlyMap<string, string>;
  readonly body: Buffer;
}

/** A connection to a runtime that a case controls byte by byte. */
export interface RawConnection {
  readonly socket: Socket;
  /** Writes bytes. Resolves when the operating system has accepted them. */
  readonly write: (bytes: Buffer | string) => Promise<void>;
  /** Resolves with the next reply. */
  readonly reply: () => Promise<RawReply>;
  /** Resolves with the next reply; with undefined if the runtime closes the connection. */
  readonly replyOrEnd: () => Promise<RawReply | undefined>;
  /** Resolves when the runtime has closed the connection. */
  readonly closed: () => Promise<void>;
}

const TIMEOUT_MS = 20 * SECOND;

export async function openRawConnection(
  t: Closing,
  socketPath: string,
  protocol: Protocol,
): Promise<RawConnection> {
  const connected = await connectTo(unixEndpoint(socketPath), TIMEOUT_MS);
  if ('absent' in connected) throw new Error(connected.absent);
  const { socket } = connected;
  t.after(async () => void socket.destroy());
  // A runtime may reset the connection of a request that it rejects.
  socket.on('error', () => socket.destroy());
  const replies = new ReplyQueue();
  const decoder = createDecoder(protocol, (reply) => replies.add(reply));
  socket.on('data', (chunk: Buffer) => decoder.push(chunk));
  socket.on('end', () => decoder.end());
  const closed = new Promise<void>((resolve) => {
    socket.on('close', () => {
      replies.end();
      resolve();
    });
  });
  const replyOrEnd = (): Promise<RawReply | undefined> =>
    within(replies.next(), 'a reply, or the end of the connection', TIMEOUT_MS);
  return {
    socket,
    write: (bytes) =>
      within(
        new Promise((resolve) => {
          socket.write(bytes, () => resolve());
        }),
        'the runtime reads a request',
        TIMEOUT_MS,
      ),
    async reply() {
      const reply = await replyOrEnd();
      if (reply === undefined) throw new Error('the connection was closed without a reply');
      return reply;
    },
    replyOrEnd,
    closed: () => within(closed, 'the runtime closes the connection', TIMEOUT_MS),
  };
}

/** The replies that have not been read, in their order. */
class ReplyQueue {
  readonly #replies: RawReply[] = [];
  #isEnded = false;
  #wake = (): void => {};

  add(reply: RawReply): void {
    this.#replies.push(reply);
    this.#wake();
  }

  /** Reports that the connection is closed. */
  end(): void {
    this.#isEnded = true;
    this.#wake();
  }

  /** Resolves with undefined if the connection is closed first. */
  async next(): Promise<RawReply | undefined> {
    for (;;) {
      const reply = this.#replies.shift();
      if (reply !== undefined || this.#isEnded) return reply;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}

/** Returns the bytes of a request with a payload, given as JSON text. */
export function encodeRequest(protocol: Protocol, payload: string): Buffer {
  switch (protocol) {
    case 'payload':
      return frame(payload);
    case 'envelope':
      return frame(
        `{"id":"env-1","route":{"actors":["infer","post"],"current":0},"headers":{},"payload":${payload}}`,
      );
    case 'http':
      return httpRequest(payload);
  }
}

/** Returns the bytes of a frame, its length included. */
export function frame(body: Buffer | string): Buffer {
  return Buffer.concat(encodeFrame(Buffer.from(body)));
}

export interface HttpOptions {
  /** @default POST / HTTP/1.1 */
  readonly line?: string;
  /** Lines in addition to those of a call, or instead of `content-length`. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Returns the bytes of a request of the protocol `http`. */
export function httpRequest(
  body: string,
  { line = 'POST / HTTP/1.1', headers = {} }: HttpOptions = {},
): Buffer {
  const all = {
    host: 'runtime',
    'content-type': 'application/json',
    'asya-envelope-id': 'env-1',
    'asya-attempt': '1',
    'content-length': String(Buffer.byteLength(body)),
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`${line}\r\n${lines.join('')}\r\n${body}`);
}

interface Decoder {
  push(chunk: Buffer): void;
  end(): void;
}

function createDecoder(protocol: Protocol, onReply: (reply: RawReply) => void): Decoder {
  if (protocol === 'http') return createResponseDecoder(onReply);
  const decoder = createFrameDecoder(Number.POSITIVE_INFINITY, {
    onFrame: (body) => onReply({ body: Buffer.from(body) }),
    onTooLarge() {},
  });
  return { push: (chunk) => decoder.push(chunk), end() {} };
}
