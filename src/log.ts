import type { Logger } from 'pino';

/** Where the parts write what people should know; `telemetry/` makes it. */
export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>;
