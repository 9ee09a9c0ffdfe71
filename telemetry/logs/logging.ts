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
import type { Reply } from '../../src/runtime/runtime.ts';
import { ensureContexts, hopIn, type HopContext } from '../context/hopContext.ts';
import { createGuard, type Guard } from '../guard.ts';
import { logHop } from './hopLine.ts';
import { createLogOutput } from './logOutput.ts';
import { createLogRecordStream } from './logRecords.ts';
import { createPrettyFormat } from './prettyFormat.ts';
import { redactPasswords } from '../secrets.ts';
import type { CallObserver, HopObserver } from '../observers.ts';

/** The log, and what ties its lines to the hops that they belong to. */
export interface Logging {
  /** Every line of a hop has its ids. */
  readonly log: Logger;
  /** Gives each hop a line of its own. */
  readonly hops: HopObserver;
  /** Notes what a call took, for the hop's line. */
  readonly calls: CallObserver;
}

export interface LoggingOptions {
  readonly actor: string;
  readonly level: string;
  readonly format: 'json' | 'pretty';
  /** @default standard output, through a bounded buffer */
  readonly destination?: DestinationStream;
  /** Called for each line that is dropped, since the output does not take it. */
  readonly onDropped?: () => void;
}

/** How long the log may keep the process from exiting, in milliseconds. */
const EXIT_FLUSH_MS = 1_000;

export function createLogging(options: LoggingOptions): Logging {
  const guard = createGuard('logs', () => log);
  ensureContexts(guard);
  const current = (): HopContext | undefined => guard.attempt(() => hopIn(context.active()));
  const destination = options.destination ?? openOutput(options.onDropped, () => log);
  const log = createLog({ ...options, destination }, guard, () => idsOf(current(), guard));
  return {
    log,
    hops: (hop) => (settled, durationMs) => {
      if (settled === undefined) return;
      const { call, destination } = current() ?? {};
      logHop(log, hop, settled, { durationMs, call, destination });
    },
    calls: (reply, durationMs) => noteCall(current(), reply, durationMs),
  };
}

function openOutput(onDropped = (): void => {}, log: () => Logger): DestinationStream {
  const onRecovered = (dropped: number): void => log().warn({ dropped }, 'log lines dropped');
  const output = createLogOutput({ onDropped, onRecovered });
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
  const shown = format === 'pretty' ? prettyStream(destination, level, guard) : destination;
  const options = {
    level,
    base: { actor },
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (word: string) => ({ level: word }) },
    mixin,
    // What a runtime told of an error is data already, and keeps its type.
    serializers: { err: (err: unknown) => (err instanceof Error ? stdSerializers.err(err) : err) },
    // The last place that a line passes, whoever wrote it.
    hooks: { streamWrite: redactPasswords },
  };
  const records = createLogRecordStream(guard);
  if (records === undefined) return pino(options, shown);
  return pino(
    options,
    multistream([
      { level: 'trace', stream: shown },
      { level: 'trace', stream: records },
    ]),
  );
}

/** Formats each line for people before it reaches the destination. */
function prettyStream(
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

/** The ids of the hop, and of the active span; without an SDK, those of the envelope's trace. */
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

function noteCall(current: HopContext | undefined, reply: Reply, durationMs: number): void {
  const sizeBytes = reply.kind === 'answered' ? reply.sizeBytes : undefined;
  if (current !== undefined) current.call = { durationMs, sizeBytes };
}
