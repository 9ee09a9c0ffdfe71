import type { Logger } from 'pino';

/** The logger of the sidecar. `telemetry/` provides it. */
export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>;

/** Logs nothing. */
export const silentLog: Log = { debug: ignore, info: ignore, warn: ignore, error: ignore };

function ignore(): void {}
