import { KIB } from '../../units.ts';
import { ReplyRejection } from '../connection/codec.ts';
import type { CallReply } from '../runtime.ts';
import { EVENT_STREAM } from './mediaType.ts';
import type { ResponseBody } from './responseBody.ts';
import { endOfHead } from './responseHead.ts';

/** No more of an event is read. */
const MAX_EVENT_BYTES = 64 * KIB;

/** The longest line end and empty line, which may arrive in several chunks. */
const MAX_END_BYTES = '\r\n\r\n'.length;

/**
 * The body of an error status that is a stream. Its first event is the error: an event of
 * `text/event-stream`, or a line. The stream may never end, so the rest is not read.
 */
export class FirstEventBody implements ResponseBody {
  readonly #body: ResponseBody;
  readonly #isEventStream: boolean;
  readonly #replyOf: (event: Buffer) => CallReply;
  #searchedBytes = 0;

  constructor(body: ResponseBody, mediaType: string, replyOf: (event: Buffer) => CallReply) {
    this.#body = body;
    this.#isEventStream = mediaType === EVENT_STREAM;
    this.#replyOf = replyOf;
  }

  /** @throws {ReplyRejection} with the reply as soon as the first event is complete */
  read(bytes: Buffer, start: number): number {
    const end = this.#body.read(bytes, start);
    const content = this.#body.content();
    const isEvent = this.#hasEvent(content) || content.length > MAX_EVENT_BYTES;
    if (isEvent) throw new ReplyRejection(this.#replyOf(content.subarray(0, MAX_EVENT_BYTES)));
    return end;
  }

  content(): Buffer {
    return this.#body.content();
  }

  isComplete(): boolean {
    return this.#body.isComplete();
  }

  #hasEvent(content: Buffer): boolean {
    const from = Math.max(0, this.#searchedBytes - MAX_END_BYTES);
    this.#searchedBytes = content.length;
    return this.#isEventStream
      ? endOfHead(content, from) !== undefined
      : content.includes('\n', from);
  }
}

/** Returns the data of the first event of a stream, or its first line. */
export function firstEventOf(body: Buffer, mediaType: string): Buffer {
  if (mediaType !== EVENT_STREAM) {
    const end = body.indexOf('\n');
    return end < 0 ? body : body.subarray(0, end);
  }
  const [event = ''] = body.toString('utf8').split(/\r?\n\r?\n/, 1);
  const data = event
    .split(/\r?\n/)
    .filter((line) => line.startsWith('data:'))
    .map((line) => line.slice('data:'.length));
  return Buffer.from(data.join('\n'));
}
