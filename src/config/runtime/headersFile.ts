import { KIB } from '../../units.ts';

/** The name, in lower case, and the value of a header. */
export type HeaderLine = readonly [name: string, value: string];

/** A headers file is malformed. `message` names the line and the rule, and shows no value. */
export class HeadersFileError extends Error {
  override readonly name = 'HeadersFileError';
}

/** The headers of the file and those of the sidecar must fit into 16 KiB. */
const MAX_FILE_BYTES = 8 * KIB;

/** Names and values as RFC 9110 allows them, without obsolete characters. */
const LINE = /^([!#$%&'*+.^_`|~\w-]+):[\t ]*([\x20-\x7e\t]*?)[\t ]*$/;

/** The headers that the sidecar sets, or that change how a reply is read. */
const OWNED: ReadonlySet<string> = new Set([
  'accept-encoding',
  'baggage',
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'expect',
  'keep-alive',
  'proxy-connection',
  'te',
  'traceparent',
  'tracestate',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/**
 * Parses a file with one `Name: value` a line. Empty lines are ignored. `host` replaces the host of
 * the URL.
 * @throws {HeadersFileError} also if the file has no header, because it may be half-written
 */
export function parseHeadersFile(text: string): readonly HeaderLine[] {
  if (Buffer.byteLength(text) > MAX_FILE_BYTES)
    throw new HeadersFileError(`the file has more than ${MAX_FILE_BYTES} bytes`);
  const headers = text.split(/\r?\n/).flatMap((line, index) => {
    return line.trim() === '' ? [] : [parseLine(line, index + 1)];
  });
  if (headers.length === 0) throw new HeadersFileError('the file has no header');
  if (headers.filter(([name]) => name === 'host').length > 1)
    throw new HeadersFileError('host is set more than once');
  return headers;
}

function parseLine(line: string, number: number): HeaderLine {
  const [, name = '', value = ''] = LINE.exec(line) ?? [];
  const key = name.toLowerCase();
  if (key === '') throw new HeadersFileError(`line ${number} is not "Name: value" in ASCII`);
  if (OWNED.has(key) || key.startsWith('asya-'))
    throw new HeadersFileError(`line ${number}: ${key} cannot be set, because the sidecar sets it`);
  if (key === 'host' && !HOST.test(value))
    throw new HeadersFileError(`line ${number}: the value of host is not a host`);
  return [key, value];
}

const HOST = /^[\w.-]+(:\d+)?$|^\[[0-9A-Fa-f:.]+\](:\d+)?$/;
