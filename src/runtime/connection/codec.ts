import type { Call, CallReply } from '../runtime.ts';

/** Encodes requests and decodes replies on a connection. */
export interface Codec {
  /** Encodes a call as buffers that are written one after the other. */
  encode(call: Call): readonly Buffer[];
  /** Creates the reader of one connection. */
  createReader(): ReplyReader;
}

/**
 * Reads the replies of one connection, one after the other. It keeps no call, because an idle
 * connection would keep the envelopes of its last call in memory.
 */
export interface ReplyReader {
  /** Reads the next chunk of the reply to a call; returns the reply as soon as it is known. */
  push(chunk: Buffer, call: Call): ReadResult | undefined;
  /**
   * Reads the end of the stream; returns undefined if the runtime has sent nothing of the reply.
   */
  end(call: Call): CallReply | undefined;
}

export interface ReadResult {
  readonly reply: CallReply;
  /** The connection cannot carry another request. */
  readonly mustClose: boolean;
  /** How long the runtime keeps the idle connection, in milliseconds, if it announced it. */
  readonly keepAliveMs?: number;
}

/** The limits of one reply. */
export interface ReplyLimits {
  readonly maxReplyBytes: number;
  /** The deepest nesting of objects and arrays in a payload. */
  readonly maxNesting: number;
}

/**
 * Thrown by a reader that has found an error in the stream. `reply` is the result of the call;
 * the bytes that follow are not read.
 */
export class ReplyRejection extends Error {
  override readonly name = 'ReplyRejection';
  readonly reply: CallReply;

  constructor(reply: CallReply) {
    super('the reply is rejected');
    this.reply = reply;
  }
}
