/**
 * The JSON that the page and its server exchange about the server itself. Like every contract of
 * the page, this module contains types only, because the browser's code imports it too.
 */

/** `GET /api/session` */
export interface Session {
  readonly version: string;
  /** Requests that change a queue are refused. */
  readonly isReadOnly: boolean;
  readonly transport: 'rabbitmq' | 'sqlite';
  readonly happyEnd: string;
  readonly errorEnd: string;
  readonly sources: Sources;
  readonly links: Links;
}

/** Where the page's data comes from. A view names the source that it needs. */
export interface Sources {
  readonly broker: BrokerSource;
  /** One entry for each sidecar behind the names of `--sidecars`; empty without the option. */
  readonly sidecars: readonly SidecarSource[];
  /** One entry for each file of `--traces`; empty without the option. */
  readonly traces: readonly TraceSource[];
}

export interface BrokerSource {
  /** Without a password. */
  readonly address: string;
  readonly isConnected: boolean;
  /** Why it is not connected, or accepts no publishes. */
  readonly problem?: string;
  /** RFC 3339; since when it is not connected. Absent while it is. */
  readonly awaySince?: string;
}

export interface SidecarSource {
  /** `10.0.0.7:8080` */
  readonly address: string;
  /** Unknown until the sidecar has answered. */
  readonly actor?: string;
  /** Why its hops are not followed. */
  readonly problem?: string;
}

export interface TraceSource {
  readonly file: string;
  /** The number of journeys in memory that have a hop in this file. */
  readonly journeys: number;
  /** What is not in memory, and why; one line. */
  readonly gap?: string;
  /** Why the file is not read, or adds nothing. */
  readonly problem?: string;
}

/** Addresses of other tools, without a slash at the end; absent when they are not configured. */
export interface Links {
  readonly jaeger?: string;
  readonly tempo?: string;
  readonly grafana?: string;
  /** The uid of the Tempo data source in Grafana. @default tempo */
  readonly tempoUid?: string;
}

/** The body of every answer with a status of 400 or more. */
export interface Problem {
  /** One line that names the field and the rule, or the cause. */
  readonly error: string;
  /** The field of the request, if one is invalid. */
  readonly field?: string;
}
