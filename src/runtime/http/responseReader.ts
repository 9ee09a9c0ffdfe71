import {
  ReplyRejection,
  type ReadResult,
  type ReplyLimits,
  type ReplyReader,
} from '../connection/codec.ts';
import { replyInvalid, runtimeCrashed } from '../reply/failedReply.ts';
import type { Call, CallReply } from '../runtime.ts';
import { KIB, SECOND } from '../../units.ts';
import { FirstEventBody } from './firstEvent.ts';
import { readHeadReply } from './headReply.ts';
import { readHttpReply } from './httpReply.ts';
import { isStream, mediaTypeOf } from './mediaType.ts';
import { readPayloads } from '../payloads/payloads.ts';
import { createBody, type ResponseBody } from './responseBody.ts';
import { checkHead, endOfHead, readHead, type ResponseHead } from './responseHead.ts';

/**
 * Creates a reader of HTTP/1.1 responses. A malformed response is an invalid reply and is not
 * retried, because a runtime that has begun to answer may have done its work. Interim responses
 * (100, 102, 103) are skipped.
 */
export function createHttpReader(limits: ReplyLimits): ReplyReader {
  return new HttpReader(limits);
}

interface Response {
  readonly head: ResponseHead;
  readonly body: ResponseBody;
  /** Whether a byte has arrived after the head. */
  hasBegun: boolean;
}

const EMPTY = Buffer.alloc(0);

/**
 * The limit of all interim responses before a reply. A server that sends a 102 each second stays
 * below it for two hours.
 */
const MAX_INTERIM_BYTES = 256 * KIB;

class HttpReader implements ReplyReader {
  readonly #limits: ReplyLimits;
  /** Received bytes of an incomplete head, or of an incomplete line between chunks. */
  #rest: Buffer = EMPTY;
  #response: Response | undefined;
  /** The size of the interim responses before the reply. */
  #interimBytes = 0;

  constructor(limits: ReplyLimits) {
    this.#limits = limits;
  }

  push(chunk: Buffer, call: Call): ReadResult | undefined {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    try {
      return this.#read(bytes, call);
    } catch (error) {
      if (error instanceof ReplyRejection) return { reply: error.reply, mustClose: true };
      throw error;
    }
  }

  end(call: Call): CallReply | undefined {
    if (this.#response !== undefined) return this.#endWith(this.#response, call);
    const readBytes = this.#rest.length;
    if (readBytes > 0) {
      return replyInvalid(
        `the reply is truncated: the connection ended after ${readBytes} bytes of its head`,
      );
    }
    return this.#interimBytes > 0 ? runtimeCrashed(CLOSED_AFTER_HEAD) : undefined;
  }

  #read(bytes: Buffer, call: Call): ReadResult | undefined {
    let at = 0;
    if (this.#response === undefined) {
      const begun = this.#readHeads(bytes, call);
      if (begun === undefined) return undefined;
      [this.#response, at] = begun;
    }
    const { head, body } = this.#response;
    this.#response.hasBegun ||= at < bytes.length;
    const end = body.read(bytes, at);
    this.#rest = bytes.subarray(end);
    return body.isComplete() ? this.#complete(head, body.content(), call) : undefined;
  }

  /** Reads heads up to the one of the final response; returns it and the start of its body. */
  #readHeads(bytes: Buffer, call: Call): [Response, number] | undefined {
    let at = 0;
    for (let end = endOfHead(bytes, at); end !== undefined; end = endOfHead(bytes, at)) {
      checkHead(bytes, at, end);
      const head = readHead(bytes.toString('latin1', at, end));
      if (head.status >= 200)
        return [{ head, body: this.#bodyOf(head, call), hasBegun: false }, end];
      this.#countInterim(end - at);
      at = end;
    }
    checkHead(bytes, at, bytes.length);
    this.#rest = bytes.subarray(at);
    return undefined;
  }

  #countInterim(sizeBytes: number): void {
    this.#interimBytes += sizeBytes;
    if (this.#interimBytes <= MAX_INTERIM_BYTES) return;
    const problem = `its interim responses have more than ${MAX_INTERIM_BYTES} bytes`;
    throw new ReplyRejection(replyInvalid(`the reply is not HTTP: ${problem}`));
  }

  /** @throws {ReplyRejection} if the head alone decides the reply, or if the body is too large */
  #bodyOf(head: ResponseHead, call: Call): ResponseBody {
    const { status, headers, framing } = head;
    const reply = readHeadReply(head, Date.now());
    if (reply !== undefined) throw new ReplyRejection(reply);
    const body = createBody(framing, this.#limits.maxReplyBytes);
    const mediaType = status >= 400 ? mediaTypeOf(headers) : undefined;
    return isStream(mediaType)
      ? new FirstEventBody(body, mediaType, (event) => this.#replyOf(head, event, call))
      : body;
  }

  #complete(head: ResponseHead, content: Buffer, call: Call): ReadResult {
    const stray = this.#rest;
    this.#rest = EMPTY;
    this.#response = undefined;
    this.#interimBytes = 0;
    if (head.framing.kind !== 'none' && !isBlank(stray)) {
      throw new ReplyRejection(
        replyInvalid(`the runtime sent ${stray.length} bytes after its reply`),
      );
    }
    return {
      reply: this.#replyOf(head, content, call),
      mustClose: stray.length > 0 || endsConnection(head),
      ...keepAliveOf(head),
    };
  }

  #endWith({ head, body, hasBegun }: Response, call: Call): CallReply {
    if (head.framing.kind === 'close' && (hasBegun || canBeEmpty(head))) {
      return this.#replyOf(head, body.content(), call);
    }
    if (!hasBegun) return runtimeCrashed(CLOSED_AFTER_HEAD);
    return replyInvalid(`the reply is truncated after ${body.content().length} bytes of its body`);
  }

  #replyOf({ status, headers }: ResponseHead, body: Buffer, call: Call): CallReply {
    const { maxNesting } = this.#limits;
    return readHttpReply(
      { status, headers, body },
      {
        readBody: (content) => readPayloads(content, call, maxNesting),
        maxNesting,
        nowMs: Date.now(),
      },
    );
  }
}

const CLOSED_AFTER_HEAD =
  'the connection to the runtime was closed between the head and the body of the reply';

/**
 * Whether the end of the connection may be the end of an empty body. A successful response that
 * announces neither its length nor the end of the connection indicates a crash.
 */
function canBeEmpty({ status, announcesClose }: ResponseHead): boolean {
  return announcesClose || status >= 300;
}

/** The time for which the server keeps the idle connection: `Keep-Alive: timeout=5, max=100`. */
function keepAliveOf({ headers }: ResponseHead): Pick<ReadResult, 'keepAliveMs'> {
  const [, seconds] = KEEP_ALIVE_TIMEOUT.exec(headers.get('keep-alive') ?? '') ?? [];
  return seconds === undefined ? {} : { keepAliveMs: Number(seconds) * SECOND };
}

const KEEP_ALIVE_TIMEOUT = /(?:^|[,;])[\t ]*timeout[\t ]*=[\t ]*"?(\d{1,6})/i;

function endsConnection({ framing, announcesClose }: ResponseHead): boolean {
  return announcesClose || (framing.kind === 'none' && framing.isBodyAnnounced);
}

/** Whether all bytes are line ends, which some servers append to a body. */
function isBlank(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === 0x0a || byte === 0x0d);
}
