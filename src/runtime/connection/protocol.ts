import type { Reply, Request } from '../runtime.ts';

/** How requests are written to a runtime, and how its replies are read. */
export interface Protocol {
  /** The bytes of a request, in pieces that are written one after the other. */
  encode(request: Request): readonly Buffer[];
  /** Opens the reader of one connection. */
  createReader(): ReplyReader;
}

/** Reads the replies of one connection, one after the other. */
export interface ReplyReader {
  /**
   * Takes the next bytes of the stream, cut anywhere; returns the reply as soon as it is decided.
   */
  push(chunk: Buffer): DecidedReply | undefined;
  /**
   * The reply when the connection ends here; undefined when the runtime has not begun to answer.
   */
  end(): Reply | undefined;
}

export interface DecidedReply {
  readonly reply: Reply;
  /** The connection cannot carry another request. */
  readonly isLast: boolean;
}

/** Bounds of what is read of a reply. */
export interface ReplyLimits {
  readonly maxReplyBytes: number;
  /** The most objects and arrays inside each other in a payload. */
  readonly maxNesting: number;
}

/**
 * Thrown inside a reader: the bytes so far decide the reply, and nothing that follows them can be
 * trusted.
 */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly reply: Reply;

  constructor(reply: Reply) {
    super('the reply is refused');
    this.reply = reply;
  }
}
