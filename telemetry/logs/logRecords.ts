import { logs, SeverityNumber, type Attributes, type LogRecord } from '@opentelemetry/api';
import type { DestinationStream } from 'pino';
import { ASYA, ATTR, EXCEPTION_EVENT, SCHEMA_URL, SCOPE } from '../attributes.ts';
import { activeSpanTime } from '../spans/clockedSpans.ts';
import type { Guard } from '../guard.ts';

/**
 * Creates a stream that emits pino's lines as OpenTelemetry log records of the active trace and
 * span. Returns undefined if log records are not exported.
 */
export function createLogRecordStream(guard: Guard): DestinationStream | undefined {
  return guard.attempt(() => {
    const logger = logs.getLogger(SCOPE, undefined, { schemaUrl: SCHEMA_URL });
    const emit = (line: string): void => logger.emit(recordOf(JSON.parse(line) as Line));
    return logger.enabled() ? { write: (line) => guard.attempt(() => emit(line)) } : undefined;
  });
}

/** A line of pino: its own fields, and those of the log call. */
interface Line {
  readonly level: string;
  readonly time: string;
  readonly msg?: string;
  readonly err?: { readonly type?: string; readonly message?: string; readonly stack?: string };
  readonly [field: string]: unknown;
}

/** The fields whose span attributes have other names. */
const ATTRIBUTES: Readonly<Record<string, string>> = {
  actor: ASYA.actor,
  journey_id: ASYA.journeyId,
  envelope_id: ASYA.envelopeId,
  outcome: ASYA.outcome,
  attempt: ASYA.attempt,
  code: ATTR.errorType,
};

/** Fields that the record holds as its own. */
const CONTEXT_FIELDS = new Set(['trace_id', 'span_id', 'trace_flags']);

function recordOf({ level, time, msg, err, ...fields }: Line): LogRecord {
  const attributes: Attributes = {};
  for (const [name, value] of Object.entries(fields)) {
    if (!CONTEXT_FIELDS.has(name)) attributes[ATTRIBUTES[name] ?? name] = value;
  }
  return {
    timestamp: activeSpanTime() ?? new Date(time),
    severityNumber: SEVERITY.get(level) ?? SeverityNumber.UNSPECIFIED,
    severityText: level.toUpperCase(),
    ...(msg === undefined ? {} : { body: msg }),
    attributes: { ...attributes, ...exceptionOf(err) },
    // Only the line of a hop has the field `outcome`.
    ...(err !== undefined && 'outcome' in fields ? { eventName: EXCEPTION_EVENT } : {}),
  };
}

/** OpenTelemetry's severity of each level of pino. */
const SEVERITY: ReadonlyMap<string, SeverityNumber> = new Map([
  ['trace', SeverityNumber.TRACE],
  ['debug', SeverityNumber.DEBUG],
  ['info', SeverityNumber.INFO],
  ['warn', SeverityNumber.WARN],
  ['error', SeverityNumber.ERROR],
  ['fatal', SeverityNumber.FATAL],
]);

function exceptionOf(err: Line['err']): Attributes {
  if (err === undefined) return {};
  return {
    'exception.type': err.type,
    'exception.message': err.message,
    'exception.stacktrace': err.stack,
  };
}
