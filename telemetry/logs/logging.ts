import { context, isSpanContextValid, trace } from '@opentelemetry/api';
import { parseTraceParent } from '@opentelemetry/core';
import {
  multistream,
  pino,
  stdSerializers,
  stdTimeFunctions,
  type DestinationStream,
  type Logger,
} from 'pino';
import type { Reply, Request } from '../../src/runtime/runtime.ts';
import { SECOND } from '../../src/units.ts';
import { ensureContextManager, hopContextOf, type HopContext } from '../context/hopContext.ts';
import { createGuard, type Guard } from '../guard.ts';
import type { HopObserver, PublishObserver, ReplyObserver } from '../observers.ts';
import { redactPasswords } from '../secrets.ts';
import { logHop } from './hopLine.ts';
import { LogOutput } from './logOutput.ts';
import { createLogRecordStream } from './logRecords.ts';
import { createPrettyFormat } from './prettyFormat.ts';

/** The log, and the observers that write its lines of hops. */
export interface Logging {
  /** Adds the ids of the active hop to each line. */
  readonly log: Logger;
  /** Writes one line per hop. */
  readonly hops: HopObserver;
  /** Stores the duration of a call and the size of its reply for the line of the hop. */
  readonly calls: ReplyObserver;
  /** Stores the wait of a call for the rate limit, in milliseconds, for the line of the hop. */
  readonly rateLimitWaits: (waitMs: number) => void;
  /** Stores the wait of a hop for its batch, in milliseconds, for the line of the hop. */
  readonly batchWaits: (waitMs: number) => void;
  /** Stores the destinations of confirmed publishes for the line of the hop. */
  readonly publishes: PublishObserver;
}

export interface LoggingOptions {
  readonly actor: string;
  readonly level: string;
  readonly format: 'json' | 'pretty';
  /** @default standard output, through a bounded buffer */
  readonly destination?: DestinationStream;
  /** Called for each line that is dropped because the buffer is full. */
  readonly onDropped?: () => void;
}

/** The longest time for which the log delays the exit of the process. */
const EXIT_FLUSH_MS = SECOND;

export function createLogging(options: LoggingOptions): Logging {
  const guard = createGuard('logs', () => log);
  ensureContextManager(guard);
  const current = (): HopContext | undefined => guard.attempt(() => hopContextOf(context.active()));
  const destination = options.destination ?? openOutput(options.onDropped, () => log);
  const log = createLog({ ...options, destination }, guard, () => idsOf(current(), guard));
  return {
    log,
    hops: (hop) => (settled, durationMs) => {
      if (settled === undefined) return;
      logHop(log, hop, settled, durationMs, current());
    },
    calls: (request, reply, durationMs) => noteCall(current(), request, reply, durationMs),
    rateLimitWaits(waitMs) {
      const hopContext = current();
      if (hopContext !== undefined) hopContext.rateLimitMs = waitMs;
    },
    batchWaits(waitMs) {
      const hopContext = current();
      if (hopContext !== undefined) hopContext.batchWaitMs = waitMs;
    },
    publishes({ to }, _, error) {
      if (error === undefined) current()?.destinations.add(to);
    },
  };
}

function openOutput(onDropped = (): void => {}, log: () => Logger): DestinationStream {
  const onRecovered = (dropped: number): void => log().warn({ dropped }, 'log lines dropped');
  const output = new LogOutput({ onDropped, onRecovered });
  process.on('exit', () => output.flushSync(EXIT_FLUSH_MS));
  return output;
}

function createLog(
  {
    actor,
    level,
    format,
    destination,
  }: LoggingOptions & { readonly destination: DestinationStream },
  guard: Guard,
  mixin: () => object,
): Logger {
  const output = format === 'pretty' ? createPrettyStream(destination, level, guard) : destination;
  const options = {
    level,
    base: { actor },
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (word: string) => ({ level: word }) },
    mixin,
    // The error of a runtime is plain data, which keeps its type.
    serializers: { err: (err: unknown) => (err instanceof Error ? stdSerializers.err(err) : err) },
    // Runs last, on every line.
    hooks: { streamWrite: redactPasswords },
  };
  const records = createLogRecordStream(guard);
  if (records === undefined) return pino(options, output);
  return pino(
    options,
    multistream([
      { level: 'trace', stream: output },
      { level: 'trace', stream: records },
    ]),
  );
}

/** Formats each line for people before it reaches the destination. */
function createPrettyStream(
  destination: DestinationStream,
  level: string,
  guard: Guard,
): DestinationStream {
  const format = createPrettyFormat({
    showIds: level === 'debug' || level === 'trace',
    colour: process.stdout.isTTY && process.stdout.hasColors(),
  });
  return {
    write: (line) => destination.write(guard.attempt(() => format(line)) ?? line),
  };
}

/** Returns the ids of the hop and of the active span; without an SDK, of the envelope's trace. */
function idsOf(current: HopContext | undefined, guard: Guard): object {
  if (current === undefined) return {};
  const { id: envelope_id, headers } = current.hop.envelope;
  const ids = { journey_id: headers.journeyId, envelope_id };
  const active = guard.attempt(() => trace.getActiveSpan()?.spanContext());
  const isTraced = active !== undefined && isSpanContextValid(active);
  const span = isTraced ? active : parseTraceParent(headers.trace['traceparent'] ?? '');
  if (span === null) return ids;
  const trace_flags = span.traceFlags.toString(16).padStart(2, '0');
  return { ...ids, trace_id: span.traceId, span_id: span.spanId, trace_flags };
}

function noteCall(
  current: HopContext | undefined,
  { batch }: Request,
  reply: Reply,
  durationMs: number,
): void {
  // The runtime has received nothing.
  if (reply.kind === 'absent' || current === undefined) return;
  const { call: earlier } = current;
  current.call = {
    durationMs: durationMs + (earlier?.durationMs ?? 0),
    sizeBytes: reply.kind === 'answered' ? reply.sizeBytes : undefined,
    batchSize:
      earlier?.batchSize ?? (batch !== undefined && batch.size > 1 ? batch.size : undefined),
    isAlone: earlier !== undefined,
  };
}
