import { encodeEnvelope } from '../../envelope/edit.ts';
import { payloadOf } from '../../envelope/envelope.ts';
import type { Connection, ConnectionEvents } from '../connection/connections.ts';
import { replyInvalid, replyTooLarge } from '../reply/failure.ts';
import { createFrameDecoder, encodeFrame } from './framing.ts';
import { Refusal, type ReplyLimits, type ReplyReader } from '../connection/protocol.ts';
import { readEnvelopeReply, readPayloadReply } from '../reply/reply.ts';
import type { Reply, Request } from '../runtime.ts';
import type { RuntimeSocket } from '../connection/socket.ts';
import { createSocketConnection } from '../connection/socketConnection.ts';

/** What the frames of a protocol hold, in both directions. */
export interface FrameProtocol {
  encode(request: Request): Buffer;
  read(reply: Buffer, maxNesting: number): Reply;
}

/** The request is the payload, the reply the mutated payload. */
export const PAYLOAD_FRAMES: FrameProtocol = {
  encode: ({ envelope }) => payloadOf(envelope),
  read: readPayloadReply,
};

/**
 * The request is the whole envelope, the reply an array of envelopes whose routes have moved on.
 */
export const ENVELOPE_FRAMES: FrameProtocol = {
  encode: ({ envelope, context }) => encodeEnvelope(envelope, { headers: Object.entries(context) }),
  read: readEnvelopeReply,
};

export interface FramedOptions extends ReplyLimits {
  readonly protocol: FrameProtocol;
}

/** A connection on which each request and each reply is one frame. */
export function createFramedConnection(
  socket: RuntimeSocket,
  events: ConnectionEvents,
  options: FramedOptions,
): Connection {
  return createSocketConnection(socket, events, {
    encode: (request) => encodeFrame(options.protocol.encode(request)),
    createReader: () => createFrameReader(options),
  });
}

function createFrameReader({ protocol, maxReplyBytes, maxNesting }: FramedOptions): ReplyReader {
  let frame: Buffer | undefined;
  const decoder = createFrameDecoder(maxReplyBytes, {
    onFrame(body) {
      if (frame !== undefined) throw invalid('the runtime sent a second frame for one request');
      frame = body;
    },
    onTooLarge(sizeBytes) {
      throw new Refusal(replyTooLarge(sizeBytes, maxReplyBytes, hintOf(sizeBytes)));
    },
  });

  function takeFrame(chunk: Buffer): Buffer | undefined {
    decoder.push(chunk);
    const whole = frame;
    if (whole === undefined) return undefined;
    const strayBytes = decoder.pendingBytes();
    if (strayBytes > 0) throw invalid(`the runtime sent ${strayBytes} bytes after its reply`);
    frame = undefined;
    return whole;
  }

  return {
    push(chunk) {
      try {
        const body = takeFrame(chunk);
        return body === undefined
          ? undefined
          : { reply: protocol.read(body, maxNesting), isLast: false };
      } catch (error) {
        if (error instanceof Refusal) return { reply: error.reply, isLast: true };
        throw error;
      }
    },
    end() {
      const readBytes = decoder.pendingBytes();
      return readBytes === 0
        ? undefined
        : replyInvalid(
            `the reply is truncated: the connection ended after ${readBytes} bytes of it`,
          );
    },
  };
}

function invalid(message: string): Refusal {
  return new Refusal(replyInvalid(message));
}

/**
 * A length that spells text is the sign of a runtime that writes no frames; the message says so to
 * its author.
 */
function hintOf(sizeBytes: number): string {
  const head = Buffer.alloc(4);
  head.writeUInt32BE(sizeBytes);
  const text = head.toString('latin1');
  return /^[\x20-\x7e\t\r\n]{4}$/.test(text)
    ? ` (the four bytes of its length spell ${JSON.stringify(text)}: is the reply in a frame?)`
    : '';
}
