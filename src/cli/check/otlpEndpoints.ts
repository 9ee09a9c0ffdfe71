import type { Environment } from '../../config/config.ts';

const SIGNALS = ['traces', 'metrics', 'logs'] as const;

/** The endpoint to which the SDK exports one signal. */
export interface OtlpEndpoint {
  readonly signal: (typeof SIGNALS)[number];
  readonly protocol: 'grpc' | 'http/json' | 'http/protobuf';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** The paths of PEM files. */
  readonly tls: { readonly ca?: string; readonly cert?: string; readonly key?: string };
}

/** A variable of OpenTelemetry has an invalid value. */
export class EndpointError extends Error {
  override readonly name = 'EndpointError';
}

/**
 * Determines the endpoints as telemetry does from `OTEL_*`. A signal that no exporter sends by OTLP
 * has none.
 * https://opentelemetry.io/docs/specs/otel/protocol/exporter/
 * @throws {EndpointError}
 */
export function readOtlpEndpoints(environment: Environment): readonly OtlpEndpoint[] {
  if (environment['OTEL_SDK_DISABLED']?.toLowerCase() === 'true') return [];
  return SIGNALS.filter((signal) => isExported(signal, environment)).map((signal) => {
    const read = (suffix: string): string | undefined => readSetting(signal, suffix, environment);
    const protocol = read('PROTOCOL');
    return {
      signal,
      protocol: protocol === 'grpc' || protocol === 'http/json' ? protocol : 'http/protobuf',
      url: urlOf(signal, protocol, environment),
      headers: readHeaders(read('HEADERS')),
      tls: tlsOf(read),
    };
  });
}

type Signal = OtlpEndpoint['signal'];

function isExported(signal: Signal, environment: Environment): boolean {
  if (signal === 'traces' && environment['ASYA_TRACE_FILE']) return false;
  const exporters = environment[`OTEL_${signal.toUpperCase()}_EXPORTER`];
  if (!exporters) return Boolean(readSetting(signal, 'ENDPOINT', environment));
  return exporters.split(',').some((name) => name.trim() === 'otlp');
}

/** The variable of the signal, or that of all signals. */
function readSetting(signal: Signal, suffix: string, environment: Environment): string | undefined {
  const own = environment[`OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_${suffix}`];
  return own || environment[`OTEL_EXPORTER_OTLP_${suffix}`] || undefined;
}

function urlOf(signal: Signal, protocol: string | undefined, environment: Environment): URL {
  const name = `OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_ENDPOINT`;
  const own = environment[name];
  const common = environment['OTEL_EXPORTER_OTLP_ENDPOINT'];
  if (protocol === 'grpc') return parse(own || common || 'http://localhost:4317', name);
  if (own) return parse(own, name);
  const base = common || 'http://localhost:4318';
  return parse(`${base.replace(/\/$/, '')}/v1/${signal}`, 'OTEL_EXPORTER_OTLP_ENDPOINT');
}

/** An endpoint of gRPC may have no scheme. */
function parse(text: string, name: string): URL {
  const url = URL.parse(text.includes('://') ? text : `http://${text}`);
  if (url === null) throw new EndpointError(`${name} must be a URL`);
  return url;
}

/** Parses `name=value,name=value`, with percent-encoded values. Malformed pairs are ignored. */
function readHeaders(text = ''): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const pair of text.split(',')) {
    const at = pair.indexOf('=');
    if (at <= 0) continue;
    headers[pair.slice(0, at).trim()] = decode(pair.slice(at + 1).trim());
  }
  return headers;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function tlsOf(read: (suffix: string) => string | undefined): OtlpEndpoint['tls'] {
  const [ca, cert, key] = [read('CERTIFICATE'), read('CLIENT_CERTIFICATE'), read('CLIENT_KEY')];
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
}
