import type { Values } from '../schema.ts';
import { readRuntimeFiles } from './runtimeFiles.ts';
import { parseRuntimeUrl, UNIX_HOST } from './runtimeUrl.ts';

/** Groups the variables of the runtime. */
export function toRuntimeConfig(values: Values) {
  const { ASYA_RUNTIME_URL: text } = values;
  const url = text === null ? undefined : parseRuntimeUrl(text);
  return {
    endpoint: {
      address: addressOf(values, url),
      /** The URL for people, with a masked query; undefined for the socket in ASYA_SOCKET_DIR. */
      url: url?.printable,
      /** Returns the certificates and the headers. Call it at each connect, because it reads files. */
      readFiles: () => readRuntimeFiles(values),
    },
    http: {
      target: url?.target ?? '/',
      host: url?.host ?? UNIX_HOST,
      healthPath: values.ASYA_RUNTIME_HEALTH_PATH,
    },
    protocol: values.ASYA_RUNTIME_PROTOCOL,
    timeoutMs: values.ASYA_RUNTIME_TIMEOUT,
    timeoutAction: values.ASYA_RUNTIME_TIMEOUT_ACTION,
    readyTimeoutMs: values.ASYA_RUNTIME_READY_TIMEOUT,
    maxReplyBytes: values.ASYA_RUNTIME_MAX_REPLY_BYTES,
  } as const;
}

type Address =
  | { readonly transport: 'unix'; readonly path: string }
  | {
      readonly transport: 'tcp';
      readonly host: string;
      readonly port: number;
      /** The name that the certificate must contain; undefined without TLS. */
      readonly tlsName: string | undefined;
    };

function addressOf(values: Values, url: ReturnType<typeof parseRuntimeUrl> | undefined): Address {
  if (url === undefined) {
    return { transport: 'unix', path: `${values.ASYA_SOCKET_DIR}/asya-runtime.sock` };
  }
  if (url.address.transport === 'unix') return url.address;
  const { isTls, host, port } = url.address;
  const tlsName = isTls ? (values.ASYA_RUNTIME_SERVER_NAME ?? host) : undefined;
  return { transport: 'tcp', host, port, tlsName };
}
