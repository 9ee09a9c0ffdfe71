import { truncate } from '../../unicode.ts';
import { replyInvalid } from '../reply/failure.ts';
import { Refusal } from '../connection/protocol.ts';

/** Status line and headers of a response (RFC 9112). */
export interface ResponseHead {
  readonly status: number;
  /** By name in lower case; the values of a name that occurs several times are joined by commas. */
  readonly headers: ReadonlyMap<string, string>;
  readonly framing: Framing;
  /** The runtime closes the connection after this response, and says so. */
  readonly announcesClose: boolean;
}

/** How the end of a body is found. */
export type Framing =
  /**
   * The status allows no body. `isBodyAnnounced`: the headers announce one nevertheless, and it may
   * follow.
   */
  | { readonly kind: 'none'; readonly isBodyAnnounced: boolean }
  | { readonly kind: 'length'; readonly sizeBytes: number }
  | { readonly kind: 'chunked' }
  | { readonly kind: 'close' };

/**
 * A longer head, or a longer line between chunks, is refused; it is the limit of Node's own client.
 */
export const MAX_HEAD_BYTES = 16 * 1024;

/**
 * Where the head that begins at `start` ends; undefined when it goes on. Line feeds alone end lines
 * too.
 */
export function endOfHead(bytes: Buffer, start: number): number | undefined {
  for (let at = bytes.indexOf(LF, start); at >= 0; at = bytes.indexOf(LF, at + 1)) {
    if (bytes[at + 1] === LF) return at + 2;
    if (bytes[at + 1] === CR && bytes[at + 2] === LF) return at + 3;
  }
  return undefined;
}

/**
 * Checks what there is of a head, from `start` to `end`.
 * @throws {Refusal} when no further byte makes it a head
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
 * Reads a whole head, the empty line at its end included.
 * @throws {Refusal} when it breaks HTTP
 */
export function readHead(text: string): ResponseHead {
  const [first = '', ...lines] = text.split(/\r?\n/);
  const [, minorVersion, digits = ''] = STATUS_LINE.exec(first) ?? [];
  if (minorVersion === undefined) throw notHttp(`its status line is ${quote(first)}`);
  const status = Number(digits);
  if (status < 100) throw notHttp(`${digits} is not a status`);
  if (status === 101) throw notHttp('it switches protocols (101) without a request to do so');
  const headers = readHeaders(lines);
  const announcesClose = isClosed(minorVersion, headers.get('connection') ?? '');
  return { status, headers, framing: framingOf(status, headers), announcesClose };
}

function notHttp(why: string): Refusal {
  return new Refusal(replyInvalid(`the reply is not HTTP: ${why}`));
}

const LF = 0x0a;
const CR = 0x0d;

const VERSION_PREFIX = 'HTTP/1.';
const STATUS_LINE = /^HTTP\/1\.([01]) (\d{3})(?: .*)?$/;
const HEADER_LINE = /^([!#$%&'*+.^_`|~\w-]+):(.*)$/;
/** What RFC 9110 allows in the value of a header, text beyond ASCII included. */
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

/**
 * Joins lines that begin with white space to the line before (RFC 9112, section 5.2); drops the
 * empty ones at the end.
 */
function unfold(lines: readonly string[]): readonly string[] {
  const unfolded: string[] = [];
  for (const line of lines) {
    const before = unfolded.at(-1);
    if (line === '') break;
    if (!/^[\t ]/.test(line) || before === undefined) unfolded.push(line);
    else unfolded[unfolded.length - 1] = `${before} ${line.trim()}`;
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

/** Several equal lengths count as one (RFC 9112, section 6.3). */
function readLength(value: string): number {
  const [first = '', ...others] = value.split(',').map((part) => part.trim());
  if (others.some((other) => other !== first))
    throw notHttp(`it has several content-lengths (${quote(value)})`);
  const sizeBytes = Number(first);
  if (!/^\d+$/.test(first) || !Number.isSafeInteger(sizeBytes))
    throw notHttp(`its content-length is ${quote(value)}`);
  return sizeBytes;
}

function isClosed(minorVersion: string, connection: string): boolean {
  const options = new Set(connection.split(',').map((option) => option.trim().toLowerCase()));
  return minorVersion === '1' ? options.has('close') : !options.has('keep-alive');
}

function quote(text: string): string {
  return JSON.stringify(text.length > 64 ? `${truncate(text, 64)}…` : text);
}
