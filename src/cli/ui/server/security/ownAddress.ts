import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';

/** How the page's server can be reached. */
export interface OwnAddressOptions {
  /** The host of `--listen`; undefined for every interface. */
  readonly host: string | undefined;
  readonly scheme: 'http' | 'https';
  /** The certificate in PEM, whose names are names of the server. */
  readonly certificate?: string | Buffer;
  /** The value of `--origin`. Behind a proxy, it is the only address of the server. */
  readonly origin?: URL;
  /**
   * Without `--origin`, a proxy is trusted to accept requests for its own names only, and over
   * HTTPS.
   */
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
    if (origin !== undefined && originOf(origin.protocol, host) === origin.origin) return true;
    if (isBehindProxy) return origin === undefined;
    if (this.#names.has(name)) return true;
    return this.#certificate !== undefined && isNameOf(this.#certificate, name);
  }

  /** @param host one of this server, to which the request was sent */
  isOwnOrigin(origin: string, host = ''): boolean {
    const { scheme, origin: configured, isBehindProxy } = this.#options;
    if (origin === configured?.origin) return true;
    if (!isBehindProxy) return origin === originOf(`${scheme}:`, host);
    if (configured !== undefined) return false;
    const isLocal = this.#names.has(nameOf(host) ?? '');
    return origin === originOf('https:', host) || (isLocal && origin === originOf('http:', host));
  }
}

/** The origin of a page at this host, without the default port of its scheme. */
function originOf(protocol: string, host: string): string | undefined {
  return URL.parse(`${protocol}//${host}`)?.origin;
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
