import { open } from 'node:fs/promises';
import { ExportResultCode, type ExportResult } from '@opentelemetry/core';
import { JsonTraceSerializer } from '@opentelemetry/otlp-transformer';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';

/**
 * Appends spans to a file, one OTLP request in JSON a line: each line is what a collector takes at
 * `/v1/traces`, and the whole file is what otel-tui and Jaeger's upload take. Several processes may
 * share a file.
 */
export function createTraceFileExporter(path: string): SpanExporter {
  let writing: Promise<void> = Promise.resolve();

  async function append(spans: ReadableSpan[]): Promise<ExportResult> {
    try {
      const line = JsonTraceSerializer.serializeRequest(spans);
      if (line === undefined) return { code: ExportResultCode.FAILED };
      await appendAtOnce(path, Buffer.concat([line, NEWLINE]));
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
 * In one write, so that no other process' line comes in between; `appendFile` makes several of half
 * a megabyte.
 */
async function appendAtOnce(path: string, bytes: Buffer): Promise<void> {
  const file = await open(path, 'a');
  try {
    const { bytesWritten } = await file.write(bytes);
    if (bytesWritten < bytes.length)
      throw new Error(`${path} took ${bytesWritten} of ${bytes.length} bytes`);
  } finally {
    await file.close();
  }
}

const NEWLINE = Buffer.from('\n');
