/** Where the runtime listens, as a URL. */
export interface RuntimeUrl {
  readonly address: UrlAddress;
  /** The path and the query of a request. */
  readonly target: string;
  /** The value of the header `host`. */
  readonly host: string;
  /** The URL for people. A query is masked, because it may contain a key. */
  readonly printable: string;
}

type UrlAddress =
  | { readonly transport: 'unix'; readonly path: string }
  | {
      readonly transport: 'tcp';
      /** A host name, or an IP address without brackets. */
      readonly host: string;
      readonly port: number;
      readonly isTls: boolean;
    };

export const RUNTIME_URL_RULE =
  'must be a URL like http://127.0.0.1:8000/predict, https://host/predict or unix:/run/model.sock';

/** The header `host` of requests on a Unix socket. */
export const UNIX_HOST = 'runtime';

/** macOS limits the path of a Unix socket to 104 bytes (Linux: 108), its final zero included. */
export const MAX_SOCKET_PATH_BYTES = 103;

/** The request line and the headers must fit into 16 KiB. */
const MAX_URL_BYTES = 2048;

/** A URL is invalid. `message` names the invalid part and shows nothing of the URL. */
export class RuntimeUrlError extends Error {
  override readonly name = 'RuntimeUrlError';
}

/**
 * Parses `http://host:port/path?query`, `https://…` or `unix:/path/to.sock`. As in nginx, a request
 * target follows a Unix socket after a colon: `unix:/path/to.sock:/predict`.
 * @throws {RuntimeUrlError}
 */
export function parseRuntimeUrl(text: string): RuntimeUrl {
  rejectIf(Buffer.byteLength(text) > MAX_URL_BYTES, `it has more than ${MAX_URL_BYTES} bytes`);
  rejectIf(/[\s\p{Cc}]/u.test(text), 'it has white space or control characters');
  return /^unix:/i.test(text) ? parseUnixUrl(text) : parseHttpUrl(text);
}

/** The start of an authority: `//` at the beginning of an absolute path has an empty one. */
const EMPTY_AUTHORITY = /^\/\/(?=\/)/;

function parseUnixUrl(text: string): RuntimeUrl {
  const rest = text.slice('unix:'.length).replace(EMPTY_AUTHORITY, '');
  const [, path = '', suffix = ''] = /^(.*?)(?::(\/.*))?$/.exec(rest) ?? [];
  rejectIf(
    !path.startsWith('/') || path.startsWith('//'),
    'the path of the Unix socket does not begin with one "/"',
  );
  rejectIf(/[?#]/.test(path), 'the path of the Unix socket has a "?" or "#"');
  rejectIf(
    Buffer.byteLength(path) > MAX_SOCKET_PATH_BYTES,
    `the path of the Unix socket has more than ${MAX_SOCKET_PATH_BYTES} bytes`,
  );
  rejectIf(suffix.includes('#'), FRAGMENT);
  const target = targetOf(new URL(`http://${UNIX_HOST}${suffix}`));
  const shown = suffix === '' ? '' : `:${maskQuery(target)}`;
  return {
    address: { transport: 'unix', path },
    target,
    host: UNIX_HOST,
    printable: `unix:${path}${shown}`,
  };
}

const FRAGMENT = 'it has a fragment ("#…")';
const CREDENTIALS =
  'it has credentials; set an Authorization header in the file of ASYA_RUNTIME_HEADERS_FILE instead';

function parseHttpUrl(text: string): RuntimeUrl {
  const [, scheme, authority = ''] = /^([a-z][a-z0-9+.-]*):\/\/([^/?#\\]*)/i.exec(text) ?? [];
  rejectIf(scheme === undefined, 'it does not begin with http://, https:// or unix:/');
  rejectIf(!/^https?$/i.test(scheme ?? ''), 'the scheme is not http, https or unix');
  const url = URL.parse(text);
  // An invalid URL with "@" may have a password with a "/", "?" or "#" that is not encoded.
  rejectIf(authority.includes('@') || (url === null && text.includes('@')), CREDENTIALS);
  rejectIf(/^(:\d*)?$/.test(authority), 'the host is missing');
  rejectIf(/:[^:\]]*[^:\]\d][^:\]]*$/.test(authority), PORT);
  if (url === null) throw new RuntimeUrlError('the host or the port is not valid');
  rejectIf(text.includes('#'), FRAGMENT);
  rejectIf(url.port === '0', PORT);
  const isTls = url.protocol === 'https:';
  return {
    address: {
      transport: 'tcp',
      host: url.hostname.replace(/^\[|\]$/g, ''),
      port: url.port === '' ? (isTls ? 443 : 80) : Number(url.port),
      isTls,
    },
    target: targetOf(url),
    host: url.host,
    printable: maskQuery(url.href),
  };
}

const PORT = 'the port is not a number from 1 to 65535';

/** An empty query is sent as well, because some servers require it. */
function targetOf({ pathname, search }: URL): string {
  return `${pathname}${search}`;
}

function maskQuery(url: string): string {
  return url.replace(/\?.+$/, '?***');
}

/** Returns a valid URL for people. An invalid one is replaced by `***`. */
export function printRuntimeUrl(text: string): string {
  try {
    return parseRuntimeUrl(text).printable;
  } catch {
    return '***';
  }
}

function rejectIf(isInvalid: boolean, problem: string): void {
  if (isInvalid) throw new RuntimeUrlError(problem);
}
