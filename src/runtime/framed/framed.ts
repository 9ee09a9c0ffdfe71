import { encodeEnvelope } from '../../envelope/edit.ts';
import {
  ReplyRejection,
  type ReadResult,
  type ReplyLimits,
  type ReplyReader,
} from '../connection/codec.ts';
import type { Connection, ConnectionEvents } from '../connection/connection.ts';
import type { RuntimeSocket } from '../socket/runtimeSocket.ts';
import { createSocketConnection } from '../connection/socketConnection.ts';
import { readEnvelopeReply } from '../reply/envelopeReply.ts';
import { replyInvalid, replyTooLarge } from '../reply/failedReply.ts';
import { encodePayloads, readPayloads } from '../payloads/payloads.ts';
import { toCallReply } from '../reply/callReply.ts';
import type { Call, CallReply } from '../runtime.ts';
import { createFrameDecoder, encodeFrame, type FrameDecoder } from './framing.ts';

/** The content of the frames of a protocol, in both directions. */
export interface FrameProtocol {
  /** Returns the parts of the content, which are written one after the other. */
  encode(call: Call): readonly Buffer[];
  read(reply: Buffer, call: Call, maxNesting: number): CallReply;
}

/**
 * The protocol `payload`: the request is the payload, the reply is the mutated payload. In a batch
 * both are arrays.
 */
export const PAYLOAD_FRAMES: FrameProtocol = {
  encode: encodePayloads,
  read: readPayloads,
};

/**
 * The protocol `envelope`: the request is the envelope, the reply is an array of envelopes whose
 * routes the runtime has advanced.
 */
export const ENVELOPE_FRAMES: FrameProtocol = {
  encode: ({ requests: [{ envelope }], context }) => [
    encodeEnvelope(envelope, { headers: Object.entries(context) }),
  ],
  read: (reply, _, maxNesting) => toCallReply(readEnvelopeReply(reply, maxNesting)),
};

export interface FramedOptions extends ReplyLimits {
  readonly protocol: FrameProtocol;
}

/** Creates a connection on which each request and each reply is one frame. */
export function createFramedConnection(
  socket: RuntimeSocket,
  events: ConnectionEvents,
  options: FramedOptions,
): Connection {
  return createSocketConnection(socket, events, {
    encode: (call) => encodeFrame(...options.protocol.encode(call)),
    createReader: () => new FrameReader(options),
  });
}

class FrameReader implements ReplyReader {
  readonly #options: FramedOptions;
  readonly #decoder: FrameDecoder;
  #body: Buffer | undefined;

  constructor(options: FramedOptions) {
    const { maxReplyBytes } = options;
    this.#options = options;
    this.#decoder = createFrameDecoder(maxReplyBytes, {
      onFrame: (body) => this.#onFrame(body),
      onTooLarge(sizeBytes) {
        throw new ReplyRejection(replyTooLarge(sizeBytes, maxReplyBytes, hintOf(sizeBytes)));
      },
    });
  }

  push(chunk: Buffer, call: Call): ReadResult | undefined {
    try {
      const body = this.#readFrame(chunk);
      if (body === undefined) return undefined;
      const { protocol, maxNesting } = this.#options;
      return { reply: protocol.read(body, call, maxNesting), mustClose: false };
    } catch (error) {
      if (error instanceof ReplyRejection) return { reply: error.reply, mustClose: true };
      throw error;
    }
  }

  end(): CallReply | undefined {
    const readBytes = this.#decoder.pendingBytes();
    return readBytes === 0
      ? undefined
      : replyInvalid(`the reply is truncated: the connection ended after ${readBytes} bytes`);
  }

  #onFrame(body: Buffer): void {
    if (this.#body !== undefined) {
      throw invalid('the runtime sent a second frame for one request');
    }
    this.#body = body;
  }

  #readFrame(chunk: Buffer): Buffer | undefined {
    this.#decoder.push(chunk);
    const body = this.#body;
    if (body === undefined) return undefined;
    const strayBytes = this.#decoder.pendingBytes();
    if (strayBytes > 0) throw invalid(`the runtime sent ${strayBytes} bytes after its reply`);
    this.#body = undefined;
    return body;
  }
}

function invalid(message: string): ReplyRejection {
  return new ReplyRejection(replyInvalid(message));
}

/** A length that consists of text characters hints at a runtime that writes no frames. */
function hintOf(sizeBytes: number): string {
  const head = Buffer.alloc(4);
  head.writeUInt32BE(sizeBytes);
  const text = head.toString('latin1');
  return /^[\x20-\x7e\t\r\n]{4}$/.test(text)
    ? ` (the four length bytes spell ${JSON.stringify(text)}; is the reply framed?)`
    : '';
}
