import { gunzipSync } from 'node:zlib';
import { readRequest, type TracedSpan } from '../../../src/cli/trace/spans/otlp.ts';
import { readFields } from './protobuf.ts';

/**
 * Reads the body of an OTLP/gRPC request for traces. The numbers are those of
 * https://github.com/open-telemetry/opentelemetry-proto/blob/v1.9.0/opentelemetry/proto/trace/v1/trace.proto
 */
export function readGrpcTraces(body: Buffer): TracedSpan[] {
  const resourceSpans = framesOf(body)
    .flatMap((request) => messages(request, 1))
    .map((resource) => ({
      scopeSpans: messages(resource, 2).map((scope) => ({
        spans: messages(scope, 2).map(readSpan),
      })),
    }));
  return readRequest(JSON.stringify({ resourceSpans })) ?? [];
}

/** A frame has a flag for compression, a length and a message. */
function framesOf(body: Buffer): Buffer[] {
  const frames: Buffer[] = [];
  for (let at = 0; at < body.length;) {
    const end = at + 5 + body.readUInt32BE(at + 1);
    const message = body.subarray(at + 5, end);
    frames.push(body.readUInt8(at) === 1 ? gunzipSync(message) : message);
    at = end;
  }
  return frames;
}

/** Converts a span to OTLP/JSON. */
function readSpan(span: Buffer): unknown {
  return {
    traceId: hex(span, 1),
    spanId: hex(span, 2),
    parentSpanId: hex(span, 4),
    name: text(span, 5),
    startTimeUnixNano: String(integer(span, 7)),
    endTimeUnixNano: String(integer(span, 8)),
    attributes: messages(span, 9).map(readAttribute),
    links: messages(span, 13).map((link) => ({
      spanId: hex(link, 2),
      attributes: messages(link, 4).map(readAttribute),
    })),
    status: messages(span, 15).map((status) => ({
      message: text(status, 2),
      code: Number(integer(status, 3)),
    }))[0],
  };
}

function readAttribute(attribute: Buffer): unknown {
  return { key: text(attribute, 1), value: messages(attribute, 2).map(readAnyValue)[0] };
}

function readAnyValue(any: Buffer): Record<string, unknown> {
  for (const { number, value } of readFields(any)) {
    if (number === 1 && Buffer.isBuffer(value)) return { stringValue: value.toString() };
    if (number === 2) return { boolValue: value === 1n };
    if (number === 3) return { intValue: String(value) };
    if (number === 4 && typeof value === 'bigint') return { doubleValue: toDouble(value) };
  }
  return {};
}

function toDouble(bits: bigint): number {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(bits);
  return bytes.readDoubleLE();
}

function messages(message: Buffer, number: number): Buffer[] {
  return readFields(message).flatMap((field) =>
    field.number === number && Buffer.isBuffer(field.value) ? [field.value] : [],
  );
}

function text(message: Buffer, number: number): string {
  return messages(message, number)[0]?.toString() ?? '';
}

function hex(message: Buffer, number: number): string {
  return messages(message, number)[0]?.toString('hex') ?? '';
}

function integer(message: Buffer, number: number): bigint {
  const value = readFields(message).find((field) => field.number === number)?.value;
  return typeof value === 'bigint' ? value : 0n;
}
