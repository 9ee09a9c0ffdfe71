import { createHash } from 'node:crypto';
import { payloadOf, type Envelope } from './envelope.ts';
import type { Fault } from './errors.ts';

/**
 * The payload of an envelope on its way to error-end:
 *
 *   { "error": "ValueError: not a number",
 *     "details": { "code": "runtime_error", "message": "not a number", "type": "ValueError", "traceback": "…",
 *                  "mro": ["ValueError", …], "actor": "infer", "attempt": 1 },
 *     "original_payload": <the payload as it came> }
 *
 * In place of `original_payload`, bytes that were no envelope stand in `original_body`, with their
 * `original_encoding` (utf8 or base64); and what would make the message too large for the broker is told by
 * `original_truncated`, `original_size_bytes`, `original_sha256` and its first 64 KiB, `original_head`.
 */
export interface ErrorReport {
  readonly fault: Fault;
  readonly actor: string;
  readonly attempt: number;
  /** The bytes that are no envelope, where it was them that came. */
  readonly body?: Buffer;
}

const KIBIBYTE = 1024;
const MAX_TEXT_BYTES = 32 * KIBIBYTE;
const MAX_HEAD_BYTES = 64 * KIBIBYTE;
const MAX_BASE_CLASSES = 64;
/** What the envelope's own headers and the broker's properties may add beside the payload. */
const HEADROOM_BYTES = 16 * KIBIBYTE;

/**
 * Prints the payload, cut so that the whole message stays publishable.
 * @param maxMessageBytes the largest message that may be published
 */
export function errorPayload(envelope: Envelope, report: ErrorReport, maxMessageBytes: number): Buffer {
  const start = `{"error":${JSON.stringify(summary(report.fault))},"details":${JSON.stringify(details(report))}`;
  const original = report.body ?? payloadOf(envelope);
  const around = report.body === undefined ? envelope.bytes.length - original.length : 0;
  const whole = Buffer.concat([Buffer.from(`${start},`), keepWhole(report, original), Buffer.from('}')]);
  if (whole.length + around + HEADROOM_BYTES <= maxMessageBytes) return whole;
  return Buffer.from(`${start},${keepHead(original)}}`);
}

/** A text for people: the runtime's own code, or ours, and the message. */
function summary({ code, runtimeCode, message }: Fault): string {
  return cut(`${runtimeCode ?? code}: ${message}`);
}

function details({ fault, actor, attempt }: ErrorReport): Record<string, unknown> {
  const { code, message, type, mro, traceback } = fault;
  return {
    code,
    message: cut(message),
    ...(type === undefined ? {} : { type: cut(type) }),
    ...(mro === undefined ? {} : { mro: mro.slice(0, MAX_BASE_CLASSES).map((name) => cut(name, KIBIBYTE)) }),
    ...(traceback === undefined ? {} : { traceback: cut(traceback) }),
    actor,
    attempt,
  };
}

function keepWhole(report: ErrorReport, original: Buffer): Buffer {
  if (report.body === undefined) return Buffer.concat([Buffer.from('"original_payload":'), original]);
  const text = original.toString('utf8');
  const encoding = Buffer.from(text, 'utf8').equals(original) ? 'utf8' : 'base64';
  const body = encoding === 'utf8' ? text : original.toString('base64');
  return Buffer.from(`"original_encoding":"${encoding}","original_body":${JSON.stringify(body)}`);
}

function keepHead(original: Buffer): string {
  const head = {
    original_truncated: true,
    original_size_bytes: original.length,
    original_sha256: createHash('sha256').update(original).digest('hex'),
    original_head: original.subarray(0, MAX_HEAD_BYTES).toString('utf8'),
  };
  return JSON.stringify(head).slice(1, -1);
}

/** The text, or as much of its start as fits into so many bytes of UTF-8. */
function cut(text: string, maxBytes = MAX_TEXT_BYTES): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= maxBytes) return text;
  return `${bytes.subarray(0, maxBytes).toString('utf8').replace(/�+$/, '')}… (${bytes.length} bytes)`;
}
