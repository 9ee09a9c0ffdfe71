import { UsageError } from '../../command/exit.ts';

/** The HTTP address of one sidecar, or of all that a host name resolves to. */
export interface SidecarAddress {
  readonly host: string;
  readonly port: number;
}

const DEFAULT_PORT = 8080;

const PARTS = /^(?:\[(?<ipv6>[0-9A-Fa-f:.]+)\]|(?<host>[A-Za-z0-9._-]*))(?::(?<port>\d{1,5}))?$/;

/**
 * Parses `HOST`, `HOST:PORT`, `:PORT` (this machine) or `http://HOST:PORT`. An IPv6 address has
 * brackets; the default port is 8080.
 * @throws {UsageError}
 */
export function parseSidecarAddress(text: string): SidecarAddress {
  const { ipv6, host, port = DEFAULT_PORT } = PARTS.exec(withoutScheme(text))?.groups ?? {};
  const name = ipv6 ?? host;
  const isEmpty = name === undefined || text === '';
  if (isEmpty || Number(port) < 1 || Number(port) > 65_535) {
    throw new UsageError(`ADDRESS must be HOST, HOST:PORT, :PORT or http://HOST, not "${text}"`);
  }
  return { host: name === '' ? 'localhost' : name, port: Number(port) };
}

/** Drops the path `/` or `/hops`. A URL with another path is returned unchanged. */
function withoutScheme(text: string): string {
  const [, rest] = /^http:\/\/([^/]+)(?:\/|\/hops)?$/i.exec(text) ?? [];
  return rest ?? text;
}
