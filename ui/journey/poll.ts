/**
 * Calls `ask` at once, and again after each delay that it returns in milliseconds; undefined ends
 * the polling. A hidden page does not ask, and asks at once when it is visible again.
 */
export async function poll(
  ask: () => Promise<number | undefined>,
  stop: AbortSignal,
): Promise<void> {
  while (!stop.aborted) {
    const delayMs = await ask();
    if (delayMs === undefined) return;
    await wait(delayMs, stop);
    await untilVisible(stop);
  }
}

function wait(delayMs: number, stop: AbortSignal): Promise<void> {
  return untilEvent(stop, (end) => {
    const timer = setTimeout(end, delayMs);
    return () => clearTimeout(timer);
  });
}

function untilVisible(stop: AbortSignal): Promise<void> {
  if (!document.hidden) return Promise.resolve();
  return untilEvent(stop, (end) => {
    const endIfVisible = (): void => {
      if (!document.hidden) end();
    };
    document.addEventListener('visibilitychange', endIfVisible);
    return () => document.removeEventListener('visibilitychange', endIfVisible);
  });
}

/** Resolves when the event occurs, or the signal aborts. */
function untilEvent(stop: AbortSignal, listen: (end: () => void) => () => void): Promise<void> {
  if (stop.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const end = (): void => {
      unlisten();
      stop.removeEventListener('abort', end);
      resolve();
    };
    const unlisten = listen(end);
    stop.addEventListener('abort', end);
  });
}
