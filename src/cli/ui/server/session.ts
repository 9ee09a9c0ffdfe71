import type { Config } from '../../../config/config.ts';
import { readVersion } from '../../../lifecycle/version.ts';
import type { Links, Session, SidecarSource, Sources, TraceSource } from './contract.ts';
import type { Route } from './routes/route.ts';
import type { UiTransport } from './uiTransport.ts';

/** The state of the page's sources. The rooms that read a source implement its part. */
export interface SourceStates {
  readonly transport: Pick<UiTransport, 'source'>;
  /** The room that follows the sidecars; absent without `--sidecars`. */
  readonly sidecars?: { sources(): readonly SidecarSource[] };
  /** The room that reads the trace files; absent without `--traces`. */
  readonly traces?: { sources(): readonly TraceSource[] } | undefined;
}

export interface SessionOptions extends SourceStates {
  readonly config: Config;
  readonly isReadOnly: boolean;
  readonly links: Links;
}

/** `GET /api/session` */
export function createSessionRoute(options: SessionOptions): Route {
  const version = readVersion();
  return {
    method: 'GET',
    path: '/api/session',
    handle: () => ({ kind: 'json', value: describeSession(version, options) }),
  };
}

function describeSession(version: string, options: SessionOptions): Session {
  const { config, isReadOnly, links } = options;
  return {
    version,
    isReadOnly,
    transport: config.transport === 'sqlite' ? 'sqlite' : 'rabbitmq',
    happyEnd: config.happyEnd,
    errorEnd: config.errorEnd,
    sources: describeSources(options),
    links,
  };
}

function describeSources({ transport, sidecars, traces }: SourceStates): Sources {
  return {
    broker: transport.source(),
    sidecars: sidecars?.sources() ?? [],
    traces: traces?.sources() ?? [],
  };
}
