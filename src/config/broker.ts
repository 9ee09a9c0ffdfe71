/** A RabbitMQ server to connect to. */
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

/**
 * Reads a comma-separated list of AMQP URLs. An empty virtual host is `/`, which is what people mean by a closing
 * slash, although the specification of AMQP URIs says otherwise.
 * @returns undefined when one of them breaks the rule `BROKERS_RULE`
 */
export function parseBrokers(text: string): readonly Broker[] | undefined {
  const brokers = text.split(',').map((url) => parseBroker(url.trim()));
  return brokers.every((broker) => broker !== undefined) ? brokers : undefined;
}

export const BROKERS_RULE =
  'must be one or more URLs, separated by commas, like amqp://user:password@host:5672/vhost or amqps://…, without a query';

function parseBroker(text: string): Broker | undefined {
  const url = URL.parse(text);
  if (url === null || url.hostname === '' || url.search !== '' || url.hash !== '') return undefined;
  if (url.protocol !== 'amqp:' && url.protocol !== 'amqps:') return undefined;
  const [username, password, vhost] = [url.username, url.password, url.pathname.slice(1)].map(decode);
  if (username === undefined || password === undefined || vhost === undefined) return undefined;
  const tls = url.protocol === 'amqps:';
  return {
    hostname: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? (tls ? AMQPS_PORT : AMQP_PORT) : Number(url.port),
    username: username === '' ? 'guest' : username,
    password: password === '' && username === '' ? 'guest' : password,
    vhost: vhost === '' ? '/' : vhost,
    tls,
  };
}

/** The text without its percent-encoding; undefined when that is broken. */
function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined; // the only thing that decodeURIComponent throws for
  }
}

/** The URLs with every password masked, for people to read. */
export function maskPasswords(urls: string): string {
  return urls.split(',').map(maskPassword).join(',');
}

function maskPassword(text: string): string {
  const url = URL.parse(text.trim());
  if (url === null) return '***';
  if (url.password !== '') url.password = '***';
  return url.href;
}
