import { diag, DiagLogLevel } from '@opentelemetry/api';
import { diagLogLevelFromString } from '@opentelemetry/core';
import type { Log } from '../../src/log.ts';
import { truncate } from '../../src/unicode.ts';

/**
 * The same text again within this time says nothing new: a collector that is down fails every few
 * seconds.
 */
const REPEAT_AFTER_MS = 60_000;
const MAX_LENGTH = 1_000;

/**
 * Keeps what OpenTelemetry complains of, until there is a log: a variable misspelt, an exporter
 * unknown.
 */
export function collectDiagnostics(into: string[]): void {
  const keep = (message: string): void => void into.push(`OpenTelemetry says: ${plain(message)}`);
  const ignore = (): void => {};
  const logger = { verbose: ignore, debug: ignore, info: ignore, warn: keep, error: keep };
  diag.setLogger(logger, { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
}

/**
 * Sends what OpenTelemetry says about itself to the log.
 * @param level as `OTEL_LOG_LEVEL` has it; errors when undefined
 */
export function routeDiagnostics(log: Log, level: string | undefined): void {
  const said = new Map<string, number>();

  const write =
    (to: 'debug' | 'info' | 'warn' | 'error') =>
    (message: string, ...rest: unknown[]) => {
      const text = truncate([plain(message), ...rest.map(String)].join(' '), MAX_LENGTH);
      const now = performance.now();
      if (now - (said.get(text) ?? Number.NEGATIVE_INFINITY) < REPEAT_AFTER_MS) return;
      if (said.size > 100) said.clear();
      said.set(text, now);
      log[to]({ opentelemetry: text }, 'OpenTelemetry says');
    };

  const logger = {
    verbose: write('debug'),
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
  };
  const logLevel = diagLogLevelFromString(level) ?? DiagLogLevel.ERROR;
  diag.setLogger(logger, { logLevel, suppressOverrideMessage: true });
}

/** An error comes as JSON with everything in it; its message is what people want. */
function plain(text: string): string {
  if (!text.startsWith('{')) return text;
  try {
    const { message } = JSON.parse(text) as { message?: unknown };
    return typeof message === 'string' ? message : text;
  } catch {
    // It only looked like it.
    return text;
  }
}
