import type { Socket } from 'node:net';
import { encodeEnvelope } from '../edit.ts';
import { payloadOf } from '../envelope.ts';
import type { Connection, ConnectionEvents, Exchange } from './connections.ts';
import { crashed, replyInvalid, replyTooLarge } from './failure.ts';
import { createFrameDecoder, encodeFrame } from './framing.ts';
import { readEnvelopeReply, readPayloadReply } from './reply.ts';
import type { Reply, Request } from './runtime.ts';
import { isUnread } from './socket.ts';

/** What travels in the frames of a protocol, there and back. */
export interface FrameProtocol {
  encode(request: Request): Buffer;
  read(reply: Buffer, maxNesting: number): Reply;
}

/** There the payload, back the mutated payload. */
export const PAYLOAD_FRAMES: FrameProtocol = {
  encode: ({ envelope }) => payloadOf(envelope),
  read: readPayloadReply,
};

/** There the whole envelope, back an array of envelopes that stand at their next actor already. */
export const ENVELOPE_FRAMES: FrameProtocol = {
  encode: ({ envelope, context }) => encodeEnvelope(envelope, { headers: Object.entries(context) }),
  read: readEnvelopeReply,
};

export interface FramedOptions {
  readonly protocol: FrameProtocol;
  readonly maxReplyBytes: number;
  readonly maxNesting: number;
}

/** A connection on which each request and each reply is one frame. */
export function createFramedConnection(
  socket: Socket,
  events: ConnectionEvents,
  { protocol, maxReplyBytes, maxNesting }: FramedOptions,
): Connection {
  let waiting: ((exchange: Exchange) => void) | undefined;
  let frame: Buffer | undefined;
  let lost: Error | undefined;

  const decoder = createFrameDecoder(maxReplyBytes, {
    onFrame(body) {
      if (frame === undefined) frame = body;
      else refuse(replyInvalid('the runtime sent a second frame for one request'));
    },
    onTooLarge: (sizeBytes) => refuse(replyTooLarge(sizeBytes, maxReplyBytes, hintOf(sizeBytes))),
  });

  function take(chunk: Buffer): void {
    if (waiting === undefined) {
      events.onMisuse(`the runtime sent ${chunk.length} bytes that nobody asked for`);
      socket.destroy();
      return;
    }
    decoder.push(chunk);
    if (frame !== undefined) takeFrame(frame);
  }

  function takeFrame(body: Buffer): void {
    const strayBytes = decoder.pendingBytes();
    if (strayBytes > 0) {
      refuse(replyInvalid(`the runtime sent ${strayBytes} bytes after its reply`));
      return;
    }
    frame = undefined;
    settle({ reply: protocol.read(body, maxNesting) });
  }

  /** Nothing more on this connection can be trusted. */
  function refuse(reply: Reply): void {
    settle({ reply });
    socket.destroy();
  }

  function end(): void {
    events.onClose();
    if (waiting !== undefined) settle(lastExchange(decoder.pendingBytes(), lost));
  }

  function settle(exchange: Exchange): void {
    const resolve = waiting;
    waiting = undefined;
    resolve?.(exchange);
  }

  socket.on('data', take);
  socket.on('error', (error) => {
    lost = error;
  });
  socket.on('close', end);

  return {
    exchange(request) {
      const exchange = new Promise<Exchange>((resolve) => {
        waiting = resolve;
      });
      write(socket, encodeFrame(protocol.encode(request)));
      return exchange;
    },
    isOpen: () => socket.readable && socket.writable,
    close() {
      settle(lastExchange(0, undefined));
      socket.destroy();
    },
  };
}

/** At the end of the turn: what was delivered together is written together, and wakes the runtime once. */
function write(socket: Socket, pieces: readonly Buffer[]): void {
  socket.cork();
  for (const piece of pieces) socket.write(piece);
  process.nextTick(() => socket.uncork());
}

/** What is said of the request whose connection ended. */
function lastExchange(pendingBytes: number, lost: Error | undefined): Exchange {
  if (pendingBytes > 0) {
    const reply = replyInvalid(
      `the reply is truncated: the connection ended after ${pendingBytes} bytes of it`,
    );
    return { reply };
  }
  const why = lost === undefined ? 'was closed' : `was lost (${lost.message})`;
  return {
    reply: crashed(`the connection to the runtime ${why} before the reply`),
    unread: isUnread(lost),
  };
}

/** A length that spells text is the sign of a runtime that writes no frames; its author wants to be told. */
function hintOf(sizeBytes: number): string {
  const head = Buffer.alloc(4);
  head.writeUInt32BE(sizeBytes);
  const text = head.toString('latin1');
  return /^[\x20-\x7e\t\r\n]{4}$/.test(text)
    ? ` (the four bytes of its length spell ${JSON.stringify(text)}: is the reply in a frame?)`
    : '';
}
