import type { TestContext } from 'node:test';
import { readRequest, type TracedSpan } from '../../../src/cli/trace/spans/otlp.ts';
import { readLogRecords, type LogRecord } from '../../../tools/live/logRecords.ts';
import { startCollector, takesAll, type Collector } from './collector.ts';
import { startGrpcCollector } from './grpcCollector.ts';
import { readGrpcTraces } from './otlpProtobuf.ts';

/** Receives what a collector exports, instead of Tempo and Loki. */
export interface TelemetryBackend {
  /** `host:port` of the server for the sampled traces, which receives OTLP over gRPC. */
  readonly tracesEndpoint: string;
  /** The URL of the server for logs and for all traces, which receives OTLP in JSON over HTTP. */
  readonly url: string;
  /** The spans of the sampled traces. */
  readonly keptSpans: () => readonly TracedSpan[];
  /** The spans of all traces. */
  readonly allSpans: () => readonly TracedSpan[];
  readonly logs: () => readonly LogRecord[];
}

const TRACE_SERVICE = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';

export async function startTelemetryBackend(t: TestContext): Promise<TelemetryBackend> {
  const sampled = await startGrpcCollector(t);
  const other = await startCollector(t, takesAll);
  return {
    tracesEndpoint: new URL(sampled.url).host,
    url: other.url,
    keptSpans: reader(sampled, TRACE_SERVICE, (body) =>
      readGrpcTraces(Buffer.from(body, 'latin1')),
    ),
    allSpans: reader(other, '/v1/traces', (body) => readRequest(body) ?? []),
    logs: reader(other, '/v1/logs', readLogRecords),
  };
}

/** Reads each request once, however often its result is polled. */
function reader<T>(
  { requests }: Collector,
  path: string,
  read: (body: string) => readonly T[],
): () => readonly T[] {
  const found: T[] = [];
  let count = 0;
  return () => {
    for (const body of requests.get(path)?.slice(count) ?? []) {
      count++;
      found.push(...read(body));
    }
    return found;
  };
}
