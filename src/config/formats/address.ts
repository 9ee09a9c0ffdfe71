/** The address that a server listens on. Without a host, it listens on every interface. */
export interface Address {
  readonly host: string | undefined;
  /** 0 lets the operating system choose. */
  readonly port: number;
}

const ADDRESS = /^(?:\[(?<ipv6>[0-9A-Fa-f:.]+)\]|(?<host>[A-Za-z0-9._-]*)):(?<port>\d{1,5})$/;

/**
 * Parses an address in the format of Go's servers: `:8080`, `127.0.0.1:0`, `[::1]:9090`.
 * @returns undefined if the text is not an address
 */
export function parseAddress(text: string): Address | undefined {
  const { ipv6, host, port } = ADDRESS.exec(text)?.groups ?? {};
  if (port === undefined || Number(port) > 65_535) return undefined;
  return { host: ipv6 ?? (host === '' ? undefined : host), port: Number(port) };
}

/** Prints an address in the format that `parseAddress` reads. */
export function formatAddress({ host = '', port }: Address): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
