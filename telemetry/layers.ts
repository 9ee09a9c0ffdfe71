import type { RequestListener } from 'node:http';
import type { Health } from '../src/health.ts';
import type { Layer, Work } from '../src/hop.ts';
import type { Log } from '../src/log.ts';
import type { RuntimeLayer } from '../src/runtime/runtime.ts';
import type { Transport } from '../src/transport/transport.ts';

/** What telemetry adds to a sidecar: everything that `main.ts` puts on, and nothing that a hop depends on. */
export interface Telemetry {
  readonly log: Log;
  /** Round the whole hop, outermost. */
  readonly work: readonly Layer<Work>[];
  /** Round one call, outermost. */
  readonly runtime: readonly RuntimeLayer[];
  /** Round what the sidecar sends and receives. */
  readonly transport: Layer<Transport>;
  /** Answers a scrape; 503 with the reason when no SDK runs. */
  readonly metricsHandler: RequestListener;
  /** Asks for the number of messages ready in the actor's queue, each 15 s; undefined when nobody knows. */
  watchQueueDepth(read: () => Promise<number | undefined>): void;
  /** Flushes spans, metrics and logs. Resolves after at most `timeoutMs`, and never rejects. */
  shutdown(timeoutMs: number): Promise<void>;
}

export interface TelemetryOptions {
  readonly actor: string;
  readonly version: string;
  readonly transport: 'rabbitmq' | 'sqlite' | 'memory';
  readonly happyEnd: string;
  readonly errorEnd: string;
  /** The role of this actor, whatever its name, when it is an end. */
  readonly end?: 'happy-end' | 'error-end' | undefined;
  readonly concurrency: number;
  readonly runtimeProtocol: string;
  readonly socketPath: string;
  /** What the names of metrics start with. */
  readonly namespace: string;
  /** A message published longer ago than this starts a trace of its own. */
  readonly maxGapMs: number;
  /** The children of a fan-out wider than this start traces of their own. */
  readonly maxFanout: number;
  readonly logLevel: string;
  readonly logFormat: 'json' | 'pretty';
  readonly health: Health;
}
