import { X509Certificate } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';

/** How the page's server can be reached. */
export interface OwnAddressOptions {
  /** The host of `--listen`; undefined for every interface. */
  readonly host: string | undefined;
  readonly scheme: 'http' | 'https';
  /** The certificate in PEM, whose names are names of the server. */
  readonly certificate?: string | Buffer;
  /** The value of `--origin`. */
  readonly origin?: URL;
  /** Without `--origin`, a proxy is trusted to accept requests for its own names only. */
  readonly isBehindProxy: boolean;
}

const LOCAL_NAMES: readonly string[] = ['localhost', '127.0.0.1', '::1'];

/**
 * Decides whether a request names this server as its host, and comes from its own page.
 *
 * A page of another origin can make its name resolve to the loopback interface (DNS rebinding), or
 * send requests to this server without reading the answers (cross-site requests). The browser
 * sends the name of that page as `Host` or `Origin`.
 */
export class OwnAddress {
  readonly #options: OwnAddressOptions;
  readonly #names: ReadonlySet<string>;
  readonly #certificate: X509Certificate | undefined;

  constructor(options: OwnAddressOptions) {
    const { host, certificate } = options;
    this.#options = options;
    this.#names = new Set(host === undefined ? LOCAL_NAMES : [...LOCAL_NAMES, host.toLowerCase()]);
    this.#certificate = certificate === undefined ? undefined : new X509Certificate(certificate);
  }

  isOwnHost(host: string | undefined): boolean {
    const name = nameOf(host ?? '');
    if (name === undefined || host === undefined) return false;
    const { origin, isBehindProxy } = this.#options;
    if (this.#names.has(name)) return true;
    if (origin !== undefined && host.toLowerCase() === origin.host) return true;
    if (this.#certificate !== undefined && isNameOf(this.#certificate, name)) return true;
    return isBehindProxy && origin === undefined;
  }

  /** @param headers the `host` is one of this server */
  isOwnOrigin(origin: string, headers: IncomingHttpHeaders): boolean {
    const { scheme, origin: configured, isBehindProxy } = this.#options;
    if (origin === configured?.origin) return true;
    if (origin === `${scheme}://${headers.host?.toLowerCase()}`) return true;
    if (!isBehindProxy || configured !== undefined) return false;
    const hosts = [headers.host, headers['x-forwarded-host']].flat();
    return hosts.includes(URL.parse(origin)?.host ?? '');
  }
}

/** The name in a `Host` header, without the port and the brackets of an IPv6 address. */
function nameOf(host: string): string | undefined {
  const { ipv6, name } = HOST.exec(host.toLowerCase())?.groups ?? {};
  return ipv6 ?? name;
}

const HOST = /^(?:\[(?<ipv6>[0-9a-f:.]+)\]|(?<name>[a-z0-9._-]+))(?::\d{1,5})?$/;

function isNameOf(certificate: X509Certificate, name: string): boolean {
  const found = isIP(name) === 0 ? certificate.checkHost(name) : certificate.checkIP(name);
  return found !== undefined;
}
