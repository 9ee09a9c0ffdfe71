import { diag, DiagLogLevel } from '@opentelemetry/api';
import { diagLogLevelFromString } from '@opentelemetry/core';
import type { Log } from '../../src/log.ts';
import { MINUTE } from '../../src/units.ts';
import { truncate } from '../../src/unicode.ts';

/**
 * An identical text is suppressed for this time: an unavailable collector fails every few seconds.
 */
const REPEAT_AFTER_MS = MINUTE;
const MAX_LENGTH = 1_000;
const MAX_REMEMBERED = 100;

/**
 * Collects the warnings of OpenTelemetry while it starts and no log exists, such as a misspelt
 * variable or an unknown exporter.
 */
export function collectDiagnostics(warnings: string[]): void {
  const collect = (message: string): void =>
    void warnings.push(`OpenTelemetry: ${plainText(message)}`);
  const ignore = (): void => {};
  const logger = { verbose: ignore, debug: ignore, info: ignore, warn: collect, error: collect };
  diag.setLogger(logger, { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
}

/**
 * Routes OpenTelemetry's diagnostics to the log.
 * @param level the value of `OTEL_LOG_LEVEL`; errors only if undefined
 */
export function routeDiagnostics(log: Log, level: string | undefined): void {
  const loggedAtMs = new Map<string, number>();

  const write =
    (logLevel: 'debug' | 'info' | 'warn' | 'error') =>
    (message: string, ...rest: unknown[]) => {
      const text = truncate([plainText(message), ...rest.map(String)].join(' '), MAX_LENGTH);
      const nowMs = performance.now();
      const lastMs = loggedAtMs.get(text);
      if (lastMs !== undefined && nowMs - lastMs < REPEAT_AFTER_MS) return;
      if (loggedAtMs.size > MAX_REMEMBERED) loggedAtMs.clear();
      loggedAtMs.set(text, nowMs);
      log[logLevel]({ opentelemetry: text }, 'OpenTelemetry diagnostic');
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

/** Returns the message of an error that the SDK reports as JSON; any other text unchanged. */
function plainText(text: string): string {
  if (!text.startsWith('{')) return text;
  try {
    const { message } = JSON.parse(text) as { message?: unknown };
    return typeof message === 'string' ? message : text;
  } catch {
    return text;
  }
}
