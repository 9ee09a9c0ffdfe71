import { KIB } from '../../units.ts';
import { truncate } from '../../unicode.ts';
import { ReplyRejection } from '../connection/codec.ts';
import { replyInvalid } from '../reply/failedReply.ts';

/** The status line and the headers of a response (RFC 9112). */
export interface ResponseHead {
  readonly status: number;
  /** Keyed by the name in lower case. Repeated headers are joined with commas. */
  readonly headers: ReadonlyMap<string, string>;
  readonly framing: Framing;
  /** The response announces that the runtime closes the connection after it. */
  readonly announcesClose: boolean;
}

/** How the end of the body is determined. */
export type Framing =
  /** The status allows no body. `isBodyAnnounced`: the headers announce one nevertheless. */
  | { readonly kind: 'none'; readonly isBodyAnnounced: boolean }
  | { readonly kind: 'length'; readonly sizeBytes: number }
  | { readonly kind: 'chunked' }
  | { readonly kind: 'close' };

/**
 * The limit of a head, of a line between chunks, and of all trailers. Node's HTTP client has the
 * same limit.
 */
export const MAX_HEAD_BYTES = 16 * KIB;

/**
 * Returns the end of the head that begins at `start`; undefined if the head is incomplete. Lines
 * may end in CRLF or LF.
 */
export function endOfHead(bytes: Buffer, start: number): number | undefined {
  for (let at = bytes.indexOf(LF, start); at >= 0; at = bytes.indexOf(LF, at + 1)) {
    if (bytes[at + 1] === LF) return at + 2;
    if (bytes[at + 1] === CR && bytes[at + 2] === LF) return at + 3;
  }
  return undefined;
}

/**
 * Checks the received part of a head, from `start` to `end`.
 * @throws {ReplyRejection} if no continuation makes it a valid head
 */
export function checkHead(bytes: Buffer, start: number, end: number): void {
  const prefix = bytes.toString('latin1', start, Math.min(end, start + VERSION_PREFIX.length));
  if (!VERSION_PREFIX.startsWith(prefix)) {
    throw notHttp(
      `it begins with ${JSON.stringify(bytes.toString('latin1', start, Math.min(end, start + 16)))}`,
    );
  }
  if (end - start > MAX_HEAD_BYTES) throw notHttp(`its head has more than ${MAX_HEAD_BYTES} bytes`);
}

/**
 * Parses a complete head, including its final empty line.
 * @throws {ReplyRejection} if it is not a valid HTTP/1.1 head
 */
export function readHead(text: string): ResponseHead {
  const [first = '', ...lines] = text.split(/\r?\n/);
  const [, minorVersion, digits = ''] = STATUS_LINE.exec(first) ?? [];
  if (minorVersion === undefined) throw notHttp(`its status line is ${quote(first)}`);
  const status = Number(digits);
  if (status < 100) throw notHttp(`${digits} is not a status code`);
  if (status === 101)
    throw notHttp('it switches protocols (101), which the request did not ask for');
  const headers = readHeaders(lines);
  const announcesClose = announcesCloseOf(minorVersion, headers.get('connection') ?? '');
  return { status, headers, framing: framingOf(status, headers), announcesClose };
}

function notHttp(problem: string): ReplyRejection {
  return new ReplyRejection(replyInvalid(`the reply is not HTTP: ${problem}`));
}

const LF = 0x0a;
const CR = 0x0d;

const VERSION_PREFIX = 'HTTP/1.';
const STATUS_LINE = /^HTTP\/1\.([01]) (\d{3})(?: .*)?$/;
const HEADER_LINE = /^([!#$%&'*+.^_`|~\w-]+):(.*)$/;
/** The bytes that RFC 9110 allows in a header value, obsolete non-ASCII text included. */
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

function readHeaders(lines: readonly string[]): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  for (const line of unfold(lines)) {
    const [, name, value = ''] = HEADER_LINE.exec(line) ?? [];
    if (name === undefined || !HEADER_VALUE.test(value))
      throw notHttp(`${quote(line)} is not a header`);
    const key = name.toLowerCase();
    const earlier = headers.get(key);
    headers.set(key, earlier === undefined ? value.trim() : `${earlier}, ${value.trim()}`);
  }
  return headers;
}

/** Joins folded lines (RFC 9112, section 5.2), and ends at the empty line. */
function unfold(lines: readonly string[]): readonly string[] {
  const unfolded: string[] = [];
  for (const line of lines) {
    const previous = unfolded.at(-1);
    if (line === '') break;
    if (!/^[\t ]/.test(line) || previous === undefined) unfolded.push(line);
    else unfolded[unfolded.length - 1] = `${previous} ${line.trim()}`;
  }
  return unfolded;
}

function framingOf(status: number, headers: ReadonlyMap<string, string>): Framing {
  const coding = headers.get('transfer-encoding');
  const length = headers.get('content-length');
  if (coding !== undefined && length !== undefined) {
    throw notHttp('it has both a content-length and a transfer-encoding');
  }
  if (coding !== undefined && coding.toLowerCase() !== 'chunked') {
    throw notHttp(`its transfer-encoding is ${quote(coding)}`);
  }
  const sizeBytes = length === undefined ? undefined : readLength(length);
  if (status < 200 || status === 204 || status === 304) {
    return { kind: 'none', isBodyAnnounced: coding !== undefined || (sizeBytes ?? 0) > 0 };
  }
  if (coding !== undefined) return { kind: 'chunked' };
  if (sizeBytes !== undefined) return { kind: 'length', sizeBytes };
  return status === 205 ? { kind: 'none', isBodyAnnounced: false } : { kind: 'close' };
}

/** Accepts several equal lengths as one (RFC 9112, section 6.3). */
function readLength(value: string): number {
  const [first = '', ...others] = value.split(',').map((part) => part.trim());
  if (others.some((other) => other !== first))
    throw notHttp(`it has different content-lengths (${quote(value)})`);
  const sizeBytes = Number(first);
  if (!/^\d+$/.test(first) || !Number.isSafeInteger(sizeBytes))
    throw notHttp(`its content-length is ${quote(value)}`);
  return sizeBytes;
}

function announcesCloseOf(minorVersion: string, connection: string): boolean {
  const options = new Set(connection.split(',').map((option) => option.trim().toLowerCase()));
  return minorVersion === '1' ? options.has('close') : !options.has('keep-alive');
}

function quote(text: string): string {
  return JSON.stringify(text.length > 64 ? `${truncate(text, 64)}…` : text);
}
