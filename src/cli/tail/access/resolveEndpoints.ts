import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { formatAddress } from '../../../config/formats/address.ts';
import type { SidecarAddress } from './sidecarAddress.ts';

/** One address of a sidecar. */
export interface Endpoint {
  /** An IP address, or `localhost`. */
  readonly host: string;
  readonly port: number;
  /** The header `Host`. */
  readonly hostHeader: string;
}

/** Resolves a host name to all its IP addresses. */
export type Resolve = (host: string) => Promise<readonly string[]>;

/** Resolves as other programs of this machine do, by its hosts file and its name servers. */
export async function resolveHost(host: string): Promise<readonly string[]> {
  return (await lookup(host, { all: true })).map(({ address }) => address);
}

/**
 * Finds the addresses of all sidecars behind a host name, such as that of a headless service. A
 * name of this machine is one sidecar, though it may resolve to an IPv4 and an IPv6 address.
 * @throws the error of the resolver
 */
export async function resolveEndpoints(
  { host, port }: SidecarAddress,
  resolve: Resolve,
): Promise<readonly Endpoint[]> {
  const hostHeader = formatAddress({ host, port });
  if (isIP(host) !== 0) return [{ host, port, hostHeader }];
  const addresses = await resolve(host);
  if (addresses.every(isLoopback)) {
    return [{ host: 'localhost', port, hostHeader: `localhost:${port}` }];
  }
  return addresses.map((address) => ({ host: address, port, hostHeader }));
}

function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.');
}
