/** Where the runtime listens, and how the sidecar connects to it. */
export interface Endpoint {
  readonly address: RuntimeAddress;
  /** The URL for people; undefined if the address is that of ASYA_SOCKET_DIR. */
  readonly url: string | undefined;
  /**
   * Returns the content of the mounted files. Called at each connect, because they are replaced
   * while the process runs. An error names the variable and the rule.
   */
  readonly readFiles: () => EndpointFiles;
}

export type RuntimeAddress = UnixAddress | TcpAddress;

export interface UnixAddress {
  readonly transport: 'unix';
  readonly path: string;
}

export interface TcpAddress {
  readonly transport: 'tcp';
  /** A host name, or an IP address without brackets. The name is resolved at each connect. */
  readonly host: string;
  readonly port: number;
  /** The name that the certificate must contain; undefined without TLS. */
  readonly tlsName: string | undefined;
}

export interface EndpointFiles {
  readonly tls: TlsFiles;
  /** The headers that each HTTP request has in addition. */
  readonly headers: readonly HeaderLine[];
}

/** The trusted CA certificates, and the client certificate with its key, in PEM. */
export interface TlsFiles {
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
}

/** The name, in lower case, and the value of a header. */
export type HeaderLine = readonly [name: string, value: string];

/** Returns the headers of a request to a host. A header `host` of the file replaces it. */
export function withHost(host: string, headers: readonly HeaderLine[]): readonly HeaderLine[] {
  return headers.some(([name]) => name === 'host') ? headers : [['host', host], ...headers];
}

/** The fields of a log line that name the endpoint. */
export function logFieldsOf({ address, url }: Endpoint): Readonly<Record<string, string>> {
  if (url !== undefined || address.transport === 'tcp') return { url: url ?? hostAndPort(address) };
  return { socketPath: address.path };
}

/** `127.0.0.1:8000`, `[::1]:8000`, or the path of a Unix socket. */
export function hostAndPort(address: RuntimeAddress): string {
  if (address.transport === 'unix') return address.path;
  const { host, port } = address;
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
