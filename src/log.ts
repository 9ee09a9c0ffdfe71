import type { Logger } from 'pino';

/** The logger of the sidecar. `telemetry/` provides it. */
export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>;
