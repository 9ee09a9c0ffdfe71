import { open } from 'node:fs/promises';
import { ExportResultCode, type ExportResult } from '@opentelemetry/core';
import { JsonTraceSerializer } from '@opentelemetry/otlp-transformer';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';

/**
 * Creates an exporter that appends spans to a file, one OTLP request in JSON per line. A collector
 * accepts each line at `/v1/traces`; otel-tui and Jaeger's upload accept the file. Several
 * processes may share a file.
 */
export function createTraceFileExporter(path: string): SpanExporter {
  let writing: Promise<void> = Promise.resolve();

  async function append(spans: ReadableSpan[]): Promise<ExportResult> {
    try {
      const line = JsonTraceSerializer.serializeRequest(spans);
      if (line === undefined) return { code: ExportResultCode.FAILED };
      await appendInOneWrite(path, Buffer.concat([line, NEWLINE]));
      return { code: ExportResultCode.SUCCESS };
    } catch (error) {
      return {
        code: ExportResultCode.FAILED,
        error: error instanceof Error ? error : new Error(String(error)),
      };
    }
  }

  async function appendAfter(
    previous: Promise<void>,
    spans: ReadableSpan[],
    done: (result: ExportResult) => void,
  ): Promise<void> {
    await previous;
    done(await append(spans));
  }

  return {
    export(spans, done) {
      writing = appendAfter(writing, spans, done);
    },
    forceFlush: () => writing,
    shutdown: () => writing,
  };
}

/**
 * Appends in one write, so that lines of several processes do not mix. `appendFile` would write in
 * parts of half a megabyte.
 */
async function appendInOneWrite(path: string, bytes: Buffer): Promise<void> {
  const file = await open(path, 'a');
  try {
    const { bytesWritten } = await file.write(bytes);
    if (bytesWritten < bytes.length) {
      throw new Error(`trace file cut short: ${bytesWritten} of ${bytes.length} bytes written`);
    }
  } finally {
    await file.close();
  }
}

const NEWLINE = Buffer.from('\n');
