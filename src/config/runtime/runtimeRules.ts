import type { Rule } from '../rule.ts';
import type { Values, VariableName } from '../schema.ts';
import { FileError } from '../secretFile.ts';
import { readRuntimeFiles, RUNTIME_TLS_VARIABLES } from './runtimeFiles.ts';
import { parseRuntimeUrl } from './runtimeUrl.ts';

const FILES = [
  'ASYA_RUNTIME_HEADERS_FILE',
  'ASYA_RUNTIME_CA_FILE',
  'ASYA_RUNTIME_CERT_FILE',
  'ASYA_RUNTIME_KEY_FILE',
] as const satisfies readonly VariableName[];

/** The rules between the variables of the connections to the runtime. */
export const RUNTIME_RULES: readonly Rule[] = [
  requiresHttp('ASYA_RUNTIME_URL'),
  requiresHttp('ASYA_RUNTIME_HEADERS_FILE'),
  requiresHttp('ASYA_RUNTIME_HEALTH_PATH'),
  {
    variables: ['ASYA_RUNTIME_URL', 'ASYA_SOCKET_DIR'],
    check: (_, isSet) =>
      isSet('ASYA_RUNTIME_URL') && isSet('ASYA_SOCKET_DIR')
        ? 'ASYA_RUNTIME_URL and ASYA_SOCKET_DIR must not be set together'
        : undefined,
  },
  {
    variables: ['ASYA_RUNTIME_URL', ...RUNTIME_TLS_VARIABLES],
    check(values) {
      const name = RUNTIME_TLS_VARIABLES.find((variable) => values[variable] !== null);
      return name === undefined || hasTls(values)
        ? undefined
        : `${name} requires TLS: ASYA_RUNTIME_URL must begin with https://`;
    },
  },
  {
    variables: ['ASYA_RUNTIME_CERT_FILE', 'ASYA_RUNTIME_KEY_FILE'],
    check: ({ ASYA_RUNTIME_CERT_FILE: cert, ASYA_RUNTIME_KEY_FILE: key }) =>
      (cert === null) !== (key === null)
        ? 'ASYA_RUNTIME_CERT_FILE and ASYA_RUNTIME_KEY_FILE must be set together'
        : undefined,
  },
  {
    variables: FILES,
    check(values) {
      try {
        readRuntimeFiles(values);
        return undefined;
      } catch (error) {
        if (error instanceof FileError) return error.message;
        throw error;
      }
    },
  },
];

function requiresHttp(
  name: 'ASYA_RUNTIME_URL' | 'ASYA_RUNTIME_HEADERS_FILE' | 'ASYA_RUNTIME_HEALTH_PATH',
): Rule {
  return {
    variables: [name, 'ASYA_RUNTIME_PROTOCOL'],
    check({ [name]: value, ASYA_RUNTIME_PROTOCOL: protocol }, isSet) {
      if (value === null || protocol === 'http') return undefined;
      const origin = isSet('ASYA_RUNTIME_PROTOCOL') ? '' : ', the default';
      return `${name} requires ASYA_RUNTIME_PROTOCOL=http: the protocol is ${protocol}${origin}`;
    },
  };
}

function hasTls({ ASYA_RUNTIME_URL: url }: Values): boolean {
  if (url === null) return false;
  const { address } = parseRuntimeUrl(url);
  return address.transport === 'tcp' && address.isTls;
}
