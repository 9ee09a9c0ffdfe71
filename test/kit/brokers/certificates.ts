import { generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';

/** A certificate and its private key. `cert` and `key` are PEM. */
export interface Certificate {
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly name: string;
  /** Signs the certificates that this certificate issues. */
  readonly privateKey: KeyObject;
}

/** Creates a self-signed certificate authority. */
export function createAuthority(name: string): Certificate {
  return issue(name, undefined, [extension(BASIC_CONSTRAINTS, sequence(TRUE))]);
}

/**
 * Creates a server or client certificate for a name.
 * @param validUntil `YYYYMMDD`. @default 2099
 */
export function createCertificate(
  name: string,
  authority: Certificate,
  validUntil?: string,
): Certificate {
  const names = extension(SUBJECT_ALT_NAME, sequence(tagged(0x82, Buffer.from(name))));
  return issue(name, authority, [names], validUntil);
}

/**
 * Encodes an X.509 version 3 certificate (RFC 5280) with the fields that brokers and Node require.
 */
function issue(
  name: string,
  issuer: Certificate | undefined,
  extensions: readonly Buffer[],
  validUntil = '20991231',
): Certificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const tbs = sequence(
    tagged(0xa0, integer(2)),
    tagged(0x02, Buffer.concat([Buffer.of(1), randomBytes(15)])),
    ECDSA_WITH_SHA256,
    commonName(issuer?.name ?? name),
    sequence(time('20200101000000Z'), time(`${validUntil}235959Z`)),
    commonName(name),
    publicKey.export({ type: 'spki', format: 'der' }),
    tagged(0xa3, sequence(...extensions)),
  );
  const signature = sign('sha256', tbs, issuer?.privateKey ?? privateKey);
  const cert = sequence(
    tbs,
    ECDSA_WITH_SHA256,
    tagged(0x03, Buffer.concat([Buffer.of(0), signature])),
  );
  return {
    cert: pem('CERTIFICATE', cert),
    key: Buffer.from(privateKey.export({ type: 'sec1', format: 'pem' })),
    name,
    privateKey,
  };
}

// DER encoding: a tag, the length of the content, and the content.

const TRUE = Buffer.of(0x01, 0x01, 0xff);
const COMMON_NAME = Buffer.of(0x06, 0x03, 0x55, 0x04, 0x03);
const BASIC_CONSTRAINTS = Buffer.of(0x06, 0x03, 0x55, 0x1d, 0x13);
const SUBJECT_ALT_NAME = Buffer.of(0x06, 0x03, 0x55, 0x1d, 0x11);
const ECDSA_WITH_SHA256 = sequence(
  Buffer.of(0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02),
);

function tagged(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const size = length < 0x80 ? [length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.of(tag, ...size), content]);
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return tagged(0x30, Buffer.concat(parts));
}

function integer(value: number): Buffer {
  return tagged(0x02, Buffer.of(value));
}

function time(text: string): Buffer {
  return tagged(0x18, Buffer.from(text));
}

function commonName(name: string): Buffer {
  return sequence(tagged(0x31, sequence(COMMON_NAME, tagged(0x0c, Buffer.from(name)))));
}

function extension(id: Buffer, content: Buffer): Buffer {
  return sequence(id, tagged(0x04, content));
}

function pem(label: string, der: Buffer): Buffer {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return Buffer.from(
    [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n'),
  );
}
