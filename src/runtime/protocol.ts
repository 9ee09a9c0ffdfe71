import type { CreateConnection } from './connection/pool.ts';
import { createFramedConnection, ENVELOPE_FRAMES, PAYLOAD_FRAMES } from './framed/framed.ts';
import { createHttpConnection } from './http/http.ts';
import type { HealthRequest } from './readiness/endpointCheck.ts';

export type RuntimeProtocol = 'payload' | 'envelope' | 'http' | 'none';

/** The requests of the protocol `http`. */
export interface HttpSettings {
  /** The path and the query of a call. */
  readonly target: string;
  /** The value of the header `host`. */
  readonly host: string;
  /** The path and the query of a health request; null for none. */
  readonly healthPath: string | null;
}

/** The protocols of a runtime that is another process. */
export type SocketProtocol = Exclude<RuntimeProtocol, 'none'>;

interface ProtocolOptions {
  /** @default `POST /` to the host `runtime` */
  readonly http?: HttpSettings;
  readonly maxReplyBytes: number;
  readonly maxNesting: number;
}

/** Returns how connections of a protocol are created. */
export function connectionFactoryOf(
  protocol: SocketProtocol,
  { maxReplyBytes, maxNesting, http }: ProtocolOptions,
): CreateConnection {
  const limits = { maxReplyBytes, maxNesting };
  switch (protocol) {
    case 'payload':
      return (socket, events) =>
        createFramedConnection(socket, events, { ...limits, protocol: PAYLOAD_FRAMES });
    case 'envelope':
      return (socket, events) =>
        createFramedConnection(socket, events, { ...limits, protocol: ENVELOPE_FRAMES });
    case 'http':
      return (socket, events, headers) =>
        createHttpConnection(socket, events, { ...limits, ...http, headers });
  }
}

/** Returns the health request; undefined if a connection is opened instead. */
export function healthRequestOf(
  protocol: SocketProtocol,
  http: HttpSettings | undefined,
): HealthRequest | undefined {
  if (protocol !== 'http' || http === undefined || http.healthPath === null) return undefined;
  return { path: http.healthPath, host: http.host };
}

/**
 * Returns the likely cause of a time-out. A runtime that waits for a request in another protocol
 * never answers.
 */
export function protocolHint(protocol: RuntimeProtocol): string {
  return ` and has not sent a byte yet; does it use the protocol of ASYA_RUNTIME_PROTOCOL (${protocol})?`;
}
