import { crashed, replyInvalid } from '../reply/failure.ts';
import { openBody, type ResponseBody } from './httpBody.ts';
import { checkHead, endOfHead, readHead, type ResponseHead } from './httpHead.ts';
import { readHttpReply } from './httpReply.ts';
import {
  Refusal,
  type DecidedReply,
  type ReplyLimits,
  type ReplyReader,
} from '../connection/protocol.ts';
import type { Reply } from '../runtime.ts';

/**
 * Reads HTTP/1.1 responses. What breaks HTTP is decided once, as an invalid reply: a runtime that
 * has begun to answer may have done its work, and is not asked again. Interim responses (100, 102,
 * 103) are skipped.
 */
export function createHttpReader(limits: ReplyLimits): ReplyReader {
  return new HttpReader(limits);
}

interface Response {
  readonly head: ResponseHead;
  readonly body: ResponseBody;
  /** A byte has arrived after the head. */
  hasBegun: boolean;
}

const EMPTY = Buffer.alloc(0);

class HttpReader implements ReplyReader {
  readonly #limits: ReplyLimits;
  /** Bytes that have arrived and are not read yet: a head or a line between chunks that goes on. */
  #rest: Buffer = EMPTY;
  #response: Response | undefined;
  #hasInterim = false;

  constructor(limits: ReplyLimits) {
    this.#limits = limits;
  }

  push(chunk: Buffer): DecidedReply | undefined {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    try {
      return this.#read(bytes);
    } catch (error) {
      if (error instanceof Refusal) return { reply: error.reply, isLast: true };
      throw error;
    }
  }

  end(): Reply | undefined {
    if (this.#response !== undefined) return this.#endResponse(this.#response);
    const readBytes = this.#rest.length;
    if (readBytes > 0) {
      return replyInvalid(
        `the reply is truncated: the connection ended after ${readBytes} bytes of its head`,
      );
    }
    return this.#hasInterim ? crashed(CLOSED_AFTER_HEAD) : undefined;
  }

  #read(bytes: Buffer): DecidedReply | undefined {
    let at = 0;
    if (this.#response === undefined) {
      const begun = this.#readHeads(bytes);
      if (begun === undefined) return undefined;
      [this.#response, at] = begun;
    }
    const { head, body } = this.#response;
    this.#response.hasBegun ||= at < bytes.length;
    const end = body.read(bytes, at);
    this.#rest = bytes.subarray(end);
    return body.isComplete() ? this.#decide(head, body.content()) : undefined;
  }

  /**
   * Reads heads up to that of the final response; returns it with the place where its body begins.
   */
  #readHeads(bytes: Buffer): [Response, number] | undefined {
    let at = 0;
    for (let end = endOfHead(bytes, at); end !== undefined; end = endOfHead(bytes, at)) {
      checkHead(bytes, at, end);
      const head = readHead(bytes.toString('latin1', at, end));
      at = end;
      if (head.status >= 200) {
        return [
          { head, body: openBody(head.framing, this.#limits.maxReplyBytes), hasBegun: false },
          at,
        ];
      }
      this.#hasInterim = true;
    }
    checkHead(bytes, at, bytes.length);
    this.#rest = bytes.subarray(at);
    return undefined;
  }

  #decide(head: ResponseHead, content: Buffer): DecidedReply {
    const stray = this.#rest;
    this.#rest = EMPTY;
    this.#response = undefined;
    this.#hasInterim = false;
    if (head.framing.kind !== 'none' && !isBlank(stray)) {
      throw new Refusal(replyInvalid(`the runtime sent ${stray.length} bytes after its reply`));
    }
    return {
      reply: this.#replyOf(head, content),
      isLast: stray.length > 0 || endsConnection(head),
    };
  }

  #endResponse({ head, body, hasBegun }: Response): Reply {
    if (head.framing.kind === 'close' && (hasBegun || canBeEmpty(head))) {
      return this.#replyOf(head, body.content());
    }
    if (!hasBegun) return crashed(CLOSED_AFTER_HEAD);
    return replyInvalid(`the reply is truncated after ${body.content().length} bytes of its body`);
  }

  #replyOf({ status, headers }: ResponseHead, body: Buffer): Reply {
    return readHttpReply({ status, headers, body }, this.#limits.maxNesting, Date.now());
  }
}

const CLOSED_AFTER_HEAD =
  'the connection to the runtime was closed after the head of its reply and before the body';

/**
 * Whether the end of the connection can be that of an empty body. A success that announces neither
 * its length nor the end of the connection looks like a runtime that has crashed.
 */
function canBeEmpty({ status, announcesClose }: ResponseHead): boolean {
  return announcesClose || status >= 300;
}

function endsConnection({ framing, announcesClose }: ResponseHead): boolean {
  return announcesClose || (framing.kind === 'none' && framing.isBodyAnnounced);
}

/** Nothing but line ends, which some servers add to a body. */
function isBlank(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === 0x0a || byte === 0x0d);
}
