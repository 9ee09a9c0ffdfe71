import { createPrivateKey, X509Certificate } from 'node:crypto';
import { FileError, readFile, readSecret } from '../secretFile.ts';
import type { Values, VariableName } from '../schema.ts';
import { HeadersFileError, parseHeadersFile, type HeaderLine } from './headersFile.ts';

/** The content of the mounted files. Certificates and keys are PEM. */
export interface RuntimeFiles {
  readonly tls: { readonly ca?: Buffer; readonly cert?: Buffer; readonly key?: Buffer };
  readonly headers: readonly HeaderLine[];
}

/** The variables that apply to TLS connections only. */
export const RUNTIME_TLS_VARIABLES = [
  'ASYA_RUNTIME_CA_FILE',
  'ASYA_RUNTIME_CERT_FILE',
  'ASYA_RUNTIME_KEY_FILE',
  'ASYA_RUNTIME_SERVER_NAME',
] as const satisfies readonly VariableName[];

/**
 * Reads the files of the connections to the runtime. Each call reads them again.
 * @throws {FileError}
 */
export function readRuntimeFiles(values: Values): RuntimeFiles {
  return { tls: readTls(values), headers: readHeaders(values) };
}

function readHeaders(values: Values): readonly HeaderLine[] {
  const text = readSecret(values, 'ASYA_RUNTIME_HEADERS_FILE');
  if (text === undefined) return [];
  try {
    return parseHeadersFile(text);
  } catch (error) {
    if (!(error instanceof HeadersFileError)) throw error;
    throw new FileError(`ASYA_RUNTIME_HEADERS_FILE: ${error.message}`, { cause: error });
  }
}

function readTls(values: Values): RuntimeFiles['tls'] {
  const ca = readFile(values, 'ASYA_RUNTIME_CA_FILE');
  const cert = readFile(values, 'ASYA_RUNTIME_CERT_FILE');
  const key = readFile(values, 'ASYA_RUNTIME_KEY_FILE');
  if (ca !== undefined) readCertificate('ASYA_RUNTIME_CA_FILE', ca);
  if (cert !== undefined && key !== undefined) checkPair(cert, key);
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
}

/** A certificate and a key that are replaced one after the other differ for a moment. */
function checkPair(cert: Buffer, key: Buffer): void {
  const certificate = readCertificate('ASYA_RUNTIME_CERT_FILE', cert);
  const privateKey = parse('ASYA_RUNTIME_KEY_FILE', 'an unencrypted private key in PEM', () =>
    createPrivateKey(key),
  );
  if (!certificate.checkPrivateKey(privateKey))
    throw new FileError('ASYA_RUNTIME_KEY_FILE: not the key of ASYA_RUNTIME_CERT_FILE');
}

function readCertificate(name: VariableName, pem: Buffer): X509Certificate {
  return parse(name, 'a certificate in PEM', () => new X509Certificate(pem));
}

function parse<T>(name: VariableName, kind: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new FileError(`${name}: the file is not ${kind}`, { cause: error });
  }
}
