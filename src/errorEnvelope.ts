import { createHash } from 'node:crypto';
import { payloadOf, type Envelope } from './envelope.ts';
import type { Fault } from './errors.ts';

/**
 * The payload of an envelope on its way to error-end:
 *
 *   { "error": "ValueError: not a number",
 *     "details": { "code": "runtime_error", "message": "not a number", "type": "ValueError", "traceback": "…",
 *                  "mro": ["ValueError", …], "actor": "infer", "attempt": 1,
 *                  "runtime_details": <what else the runtime told of the error> },
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
const MAX_BASE_CLASSES = 64;

/** Whether what surrounds the payload leaves room for the report of an error. */
export function leavesRoom(envelope: Envelope, maxMessageBytes: number): boolean {
  return sizeAround(envelope) <= maxMessageBytes / 4;
}

/**
 * Prints the payload, cut so that the whole message stays publishable: its texts take at most six sixteenths of a
 * message, the start of the original a quarter, and what surrounds it must leave room.
 * @param maxMessageBytes the largest message that may be published
 */
export function errorPayload(envelope: Envelope, report: ErrorReport, maxMessageBytes: number): Buffer {
  const maxTextBytes = Math.min(32 * KIBIBYTE, maxMessageBytes / 16);
  const error = JSON.stringify(cut(summary(report.fault), maxTextBytes));
  const start = `{"error":${error},"details":${details(report, maxTextBytes)},`;
  const original = report.body ?? payloadOf(envelope);
  const whole = Buffer.concat([Buffer.from(start), keepWhole(report, original), Buffer.from('}')]);
  // Headers of the journey and the broker's properties come on top.
  const headroomBytes = Math.min(16 * KIBIBYTE, maxMessageBytes / 8);
  if (whole.length + sizeAround(envelope) + headroomBytes <= maxMessageBytes) return whole;
  const maxHeadBytes = Math.min(64 * KIBIBYTE, maxMessageBytes / 4);
  return Buffer.from(`${start}${keepHead(original, maxHeadBytes)}}`);
}

function sizeAround(envelope: Envelope): number {
  return envelope.bytes.length - payloadOf(envelope).length;
}

/** A text for people: the runtime's own code, or ours, and the message. */
function summary({ code, runtimeCode, message }: Fault): string {
  return `${runtimeCode ?? code}: ${message}`;
}

function details({ fault, actor, attempt }: ErrorReport, maxTextBytes: number): string {
  const { code, message, type, mro, traceback, runtimeDetails } = fault;
  const short = (text: string): string => cut(text, maxTextBytes / MAX_BASE_CLASSES);
  const told = JSON.stringify({
    code,
    message: cut(message, maxTextBytes),
    ...(type === undefined ? {} : { type: short(type) }),
    ...(mro === undefined ? {} : { mro: mro.slice(0, MAX_BASE_CLASSES).map(short) }),
    ...(traceback === undefined ? {} : { traceback: cut(traceback, maxTextBytes) }),
    actor,
    attempt,
  });
  if (runtimeDetails === undefined) return told;
  const fits = Buffer.byteLength(runtimeDetails) <= maxTextBytes;
  const more = fits ? runtimeDetails : JSON.stringify(cut(runtimeDetails, maxTextBytes));
  return `${told.slice(0, -1)},"runtime_details":${more}}`;
}

function keepWhole(report: ErrorReport, original: Buffer): Buffer {
  if (report.body === undefined) return Buffer.concat([Buffer.from('"original_payload":'), original]);
  const text = original.toString('utf8');
  const encoding = Buffer.from(text, 'utf8').equals(original) ? 'utf8' : 'base64';
  const body = encoding === 'utf8' ? text : original.toString('base64');
  return Buffer.from(`"original_encoding":"${encoding}","original_body":${JSON.stringify(body)}`);
}

function keepHead(original: Buffer, maxBytes: number): string {
  const head = {
    original_truncated: true,
    original_size_bytes: original.length,
    original_sha256: createHash('sha256').update(original).digest('hex'),
    original_head: startOf(original.subarray(0, 64 * KIBIBYTE).toString('utf8'), maxBytes),
  };
  return JSON.stringify(head).slice(1, -1);
}

/** The text, or its start and what its size was. */
function cut(text: string, maxBytes: number): string {
  const start = startOf(text, maxBytes);
  return start === text ? text : `${start}… (${Buffer.byteLength(text)} bytes)`;
}

/** As much of the start of a text as takes so many bytes as JSON. */
function startOf(text: string, maxBytes: number): string {
  let start = text;
  for (;;) {
    const sizeBytes = Buffer.byteLength(JSON.stringify(start));
    if (sizeBytes <= maxBytes + 2) return start;
    // Escapes and long characters are spread unevenly, so one proportional cut may not do.
    start = start.slice(0, Math.floor((start.length * maxBytes) / sizeBytes));
  }
}
