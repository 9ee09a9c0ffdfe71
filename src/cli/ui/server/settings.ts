import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { formatAddress, parseAddress, type Address } from '../../../config/formats/address.ts';
import { messageOf } from '../../../faults.ts';
import { CommandError, UsageError } from '../../command/exit.ts';
import type { Links } from './contract.ts';
import { OwnAddress } from './security/ownAddress.ts';
import type { UiServerOptions } from './uiServer.ts';

/** The options of `ui` that concern its server. */
export type ServerOption =
  | 'listen'
  | 'read-only'
  | 'token-file'
  | 'tls-cert'
  | 'tls-key'
  | 'behind-proxy'
  | 'origin'
  | 'jaeger'
  | 'tempo'
  | 'grafana'
  | 'tempo-uid';

/** The values of the options on the command line. */
export interface OptionValues {
  has(name: ServerOption): boolean;
  valueOf(name: ServerOption): string | undefined;
}

export interface ServerSettings extends Pick<
  UiServerOptions,
  'address' | 'own' | 'token' | 'isReadOnly' | 'isBehindProxy' | 'tls'
> {
  readonly links: Links;
  /** The line that the command prints, for the port that the server has. */
  readonly addressLine: (port: number) => string;
}

const DEFAULT_ADDRESS = '127.0.0.1:8090';

/**
 * @throws {UsageError} for an invalid option, or a combination that is not safe
 * @throws {CommandError} for a file that cannot be read
 */
export function readServerSettings(args: OptionValues): ServerSettings {
  const address = readAddress(args.valueOf('listen') ?? DEFAULT_ADDRESS);
  requireProtection(address, args);
  const fileToken = readToken(args.valueOf('token-file'));
  const token = fileToken ?? createToken();
  const tls = readTls(args);
  const origin = readUrl('origin', args.valueOf('origin'));
  const isBehindProxy = args.has('behind-proxy');
  const scheme = tls === undefined ? 'http' : 'https';
  const own = new OwnAddress({
    host: address.host,
    scheme,
    isBehindProxy,
    ...(tls === undefined ? {} : { certificate: tls.cert }),
    ...(origin === undefined ? {} : { origin }),
  });
  return {
    address,
    own,
    token,
    isReadOnly: args.has('read-only'),
    isBehindProxy,
    ...(tls === undefined ? {} : { tls }),
    links: readLinks(args),
    addressLine: (port) => {
      const page = origin?.origin ?? `${scheme}://${browserHost({ ...address, port })}`;
      // The output may be kept in a log, which must not contain the token of a file.
      return fileToken === undefined ? `${page}/#token=${token}` : `${page}/`;
    },
  };
}

/** @throws {UsageError} */
function readAddress(text: string): Address {
  const address = parseAddress(text);
  if (address !== undefined) return address;
  throw new UsageError(`--listen must be HOST:PORT, such as ${DEFAULT_ADDRESS}, not "${text}"`);
}

/**
 * Another address than that of the loopback interface needs a token that a restart keeps, and an
 * encrypted connection.
 * @throws {UsageError}
 */
function requireProtection(address: Address, args: OptionValues): void {
  const isEncrypted = args.has('behind-proxy') || args.valueOf('tls-cert') !== undefined;
  if (isLoopback(address.host)) return;
  if (isEncrypted && args.valueOf('token-file') !== undefined) return;
  throw new UsageError(
    `--listen ${formatAddress(address)} is not a loopback address; it needs --token-file, and --tls-cert with --tls-key or --behind-proxy`,
  );
}

function isLoopback(host: string | undefined): boolean {
  return host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host ?? '');
}

const TOKEN_BYTES = 32;
const MIN_TOKEN_LENGTH = 16;

function createToken(): string {
  return randomBytes(TOKEN_BYTES).toString('base64url');
}

function readToken(path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  const token = readFile('token-file', path).toString('utf8').trim();
  if (/^[\x21-\x7E]+$/.test(token) && token.length >= MIN_TOKEN_LENGTH) return token;
  throw new UsageError(
    `--token-file: the token must have at least ${MIN_TOKEN_LENGTH} characters, which are printable ASCII without spaces`,
  );
}

/**
 * @throws {UsageError} when one of the files is missing
 * @throws {CommandError} when they cannot be used
 */
function readTls(args: OptionValues): UiServerOptions['tls'] {
  const [cert, key] = [args.valueOf('tls-cert'), args.valueOf('tls-key')];
  if (cert === undefined && key === undefined) return undefined;
  if (cert === undefined) throw new UsageError('--tls-key needs --tls-cert');
  if (key === undefined) throw new UsageError('--tls-cert needs --tls-key');
  const tls = { cert: readFile('tls-cert', cert), key: readFile('tls-key', key) };
  try {
    createSecureContext(tls);
  } catch (error) {
    const message = `--tls-cert, --tls-key: ${messageOf(error)}`;
    throw new CommandError(message, { cause: error });
  }
  return tls;
}

/** @throws {CommandError} */
function readFile(option: ServerOption, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new CommandError(`--${option}: ${messageOf(error)}`, { cause: error });
  }
}

function readLinks(args: OptionValues): Links {
  const names = ['jaeger', 'tempo', 'grafana'] as const;
  const links = names.map((name) => [name, readUrl(name, args.valueOf(name))] as const);
  const tempoUid = args.valueOf('tempo-uid');
  return {
    ...Object.fromEntries(
      links.flatMap(([name, url]) =>
        url === undefined ? [] : [[name, url.href.replace(/\/+$/, '')]],
      ),
    ),
    ...(tempoUid === undefined ? {} : { tempoUid }),
  };
}

/** @throws {UsageError} */
function readUrl(option: ServerOption, text: string | undefined): URL | undefined {
  if (text === undefined) return undefined;
  const url = URL.parse(text);
  if (url !== null && /^https?:$/.test(url.protocol)) return url;
  throw new UsageError(`--${option} must be a URL with http:// or https://, not "${text}"`);
}

/** The address for a browser on this machine, if the server listens on every interface. */
function browserHost({ host = '', port }: Address): string {
  const isEvery = host === '' || host === '0.0.0.0' || host === '::';
  return formatAddress({ host: isEvery ? 'localhost' : host, port });
}
