/** A log record that a sidecar exported through OTLP. */
export interface LogRecord {
  readonly timeMs: number;
  readonly severity: string;
  readonly message: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly attributes: ReadonlyMap<string, string>;
}

/** Reads an OTLP/JSON export request: https://opentelemetry.io/docs/specs/otlp/#otlphttp-request */
export function readLogRecords(body: string): LogRecord[] {
  const { resourceLogs = [] } = JSON.parse(body) as ExportRequest;
  return resourceLogs
    .flatMap(({ scopeLogs = [] }) => scopeLogs)
    .flatMap(({ logRecords = [] }) => logRecords)
    .map((record) => ({
      timeMs: Number(record.timeUnixNano) / 1e6,
      severity: record.severityText ?? '',
      message: record.body?.stringValue ?? '',
      traceId: record.traceId ?? '',
      spanId: record.spanId ?? '',
      attributes: new Map(
        (record.attributes ?? []).map(({ key, value }) => [
          key,
          String(value.stringValue ?? value.intValue ?? value.doubleValue ?? value.boolValue ?? ''),
        ]),
      ),
    }));
}

interface ExportRequest {
  readonly resourceLogs?: readonly {
    readonly scopeLogs?: readonly { readonly logRecords?: readonly ExportedRecord[] }[];
  }[];
}

interface ExportedRecord {
  readonly timeUnixNano: string;
  readonly severityText?: string;
  readonly body?: { readonly stringValue?: string };
  readonly traceId?: string;
  readonly spanId?: string;
  readonly attributes?: readonly {
    readonly key: string;
    readonly value: {
      readonly stringValue?: string;
      readonly intValue?: string | number;
      readonly doubleValue?: number;
      readonly boolValue?: boolean;
    };
  }[];
}
