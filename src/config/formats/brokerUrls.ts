/** The address and the credentials of one RabbitMQ node. */
export interface Broker {
  readonly hostname: string;
  readonly port: number;
  readonly username: string;
  readonly password: string;
  readonly vhost: string;
  readonly tls: boolean;
}

export const AMQP_PORT = 5672;
export const AMQPS_PORT = 5671;

export const BROKER_URLS_RULE =
  'must be one or more URLs, separated by commas, like amqp://user:password@host:5672/vhost or amqps://…, without a query';

/** A URL is invalid. `message` names the invalid part and shows no user name and no password. */
export class BrokerUrlError extends Error {
  override readonly name = 'BrokerUrlError';
}

/**
 * Parses a comma-separated list of AMQP URLs. An empty virtual host means `/`, unlike in the
 * specification of AMQP URIs, because a URL with a final slash usually means the default one.
 * @throws {BrokerUrlError}
 */
export function parseBrokerUrls(text: string): readonly Broker[] {
  return text.split(',').map((url, index, urls) => {
    try {
      return parseBroker(url.trim());
    } catch (error) {
      if (!(error instanceof BrokerUrlError) || urls.length === 1) throw error;
      throw new BrokerUrlError(`URL ${index + 1} of ${urls.length}: ${error.message}`);
    }
  });
}

const MAX_VHOST_BYTES = 255;

function parseBroker(text: string): Broker {
  const url = parseUrl(text);
  const { hostname, port } = url;
  const tls = url.protocol === 'amqps:';
  const username = decode(url.username, 'user name');
  const password = decode(url.password, 'password');
  const vhost = decode(url.pathname.slice(1), 'virtual host');
  rejectIf(
    Buffer.byteLength(vhost) > MAX_VHOST_BYTES,
    `the virtual host has more than ${MAX_VHOST_BYTES} bytes`,
  );
  return {
    hostname: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? (tls ? AMQPS_PORT : AMQP_PORT) : Number(port),
    username: username === '' ? 'guest' : username,
    password: password === '' && username === '' ? 'guest' : password,
    vhost: vhost === '' ? '/' : vhost,
    tls,
  };
}

/** @returns an AMQP URL with percent-encoded parts */
function parseUrl(text: string): URL {
  rejectIf(text === '', 'it is empty');
  const [, scheme, authority = '', rest = ''] =
    /^([a-z][a-z0-9+.-]*):\/\/([^/?#]*)(.*)$/is.exec(text) ?? [];
  rejectIf(scheme === undefined, 'it does not begin with amqp:// or amqps://');
  rejectIf(!/^amqps?$/i.test(scheme ?? ''), `the scheme is ${scheme}`);
  const [host = ''] = authority.split('@').slice(-1);
  const [, port = ''] = /:([^:\]]*)$/.exec(host) ?? [];
  const isPortInvalid = port !== '' && !isPort(port);
  const isUnescaped =
    !authority.includes('@') && rest.includes('@') && (isPortInvalid || !rest.startsWith('/'));
  rejectIf(
    isUnescaped,
    'the user name or the password has a "/", "?" or "#" that is not percent-encoded',
  );
  rejectIf(/^(:\d*)?$/.test(host), 'the host is missing');
  rejectIf(isPortInvalid, 'the port is not a number from 1 to 65535');
  const url = URL.parse(text);
  if (url === null || url.hostname === '') throw new BrokerUrlError('the host is not valid');
  rejectIf(url.search !== '', 'it has a query');
  rejectIf(url.hash !== '', 'it has a fragment');
  return url;
}

function isPort(text: string): boolean {
  return /^\d+$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535;
}

function rejectIf(isInvalid: boolean, problem: string): void {
  if (isInvalid) throw new BrokerUrlError(problem);
}

/** @param part the name of the part in the error */
function decode(text: string, part: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new BrokerUrlError(`the percent-encoding of the ${part} is invalid`);
  }
}

/** Replaces each password in a list of URLs by `***`. */
export function maskPasswords(urls: string): string {
  return urls.split(',').map(maskPassword).join(',');
}

function maskPassword(text: string): string {
  const url = URL.parse(text.trim());
  if (url === null) return '***';
  if (url.password !== '') url.password = '***';
  return url.href;
}
