import type { Endpoint, EndpointFiles, TcpAddress } from '../../../src/runtime/socket/endpoint.ts';

const NO_FILES: EndpointFiles = { tls: {}, headers: [] };

/** The endpoint of a runtime on a Unix socket, as ASYA_SOCKET_DIR sets it. */
export function unixEndpoint(path: string): Endpoint {
  return { address: { transport: 'unix', path }, url: undefined, readFiles: () => NO_FILES };
}

/** The endpoint of a runtime on a TCP port of this machine. */
export function tcpEndpoint(port: number, options: Partial<TcpAddress> = {}): Endpoint {
  const { host = '127.0.0.1', tlsName } = options;
  const scheme = tlsName === undefined ? 'http' : 'https';
  return {
    address: { transport: 'tcp', host, port, tlsName },
    url: `${scheme}://${host}:${port}/`,
    readFiles: () => NO_FILES,
  };
}
