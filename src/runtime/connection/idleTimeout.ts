import { SECOND } from '../../units.ts';

/** Many servers close an idle connection after 5 s, uvicorn and Node among them. */
const DEFAULT_IDLE_MS = 4 * SECOND;

/** A request takes less time than this to reach the runtime. */
const MARGIN_MS = SECOND;

/**
 * Returns how long an idle TCP connection may be used, in milliseconds. It must be closed before
 * the runtime closes it: a request that crosses the runtime's close is lost, and counts as an
 * attempt.
 * @param keepAliveMs the time that the runtime announced
 * @returns at most 0 if the connection must not be used again
 */
export function idleTimeoutOf(keepAliveMs: number | undefined): number {
  return keepAliveMs === undefined ? DEFAULT_IDLE_MS : keepAliveMs - MARGIN_MS;
}
