import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { readRequest, type TracedSpan } from '../../src/cli/trace/spans/otlp.ts';
import { readLogRecords, type LogRecord } from './logRecords.ts';

/** Spans and log records that the sidecars exported. */
export interface ExportedTelemetry {
  readonly spans: readonly TracedSpan[];
  readonly logs: readonly LogRecord[];
}

/** Receives OTLP in JSON over HTTP and keeps it, until it is switched to refuse requests. */
export interface RefusableCollector {
  readonly url: string;
  readonly received: ExportedTelemetry;
  /** Answers all further requests with status 400. */
  refuse(): void;
  close(): void;
}

export async function openRefusableCollector(): Promise<RefusableCollector> {
  const spans: TracedSpan[] = [];
  const logs: LogRecord[] = [];
  let refuses = false;

  async function receive(request: IncomingMessage): Promise<number> {
    const body = await text(request);
    if (refuses) return 400;
    if (request.url === '/v1/traces') spans.push(...(readRequest(body) ?? []));
    if (request.url === '/v1/logs') logs.push(...readLogRecords(body));
    return 200;
  }

  const server = createServer((request, response) => {
    receive(request).then(
      (status) => response.writeHead(status, { 'content-type': 'application/json' }).end('{}'),
      () => response.destroy(), // the sidecar closed the connection
    );
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received: { spans, logs },
    refuse: () => {
      refuses = true;
    },
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
