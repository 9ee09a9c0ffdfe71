/**
 * Calls `ask` at once, and again after each delay that it returns in milliseconds; undefined ends
 * the polling. A hidden page does not ask, and asks at once when it is visible again. A request
 * ends before the next one begins, so that an old answer never replaces a newer one.
 */
export async function poll(
  ask: () => Promise<number | undefined>,
  stop: AbortSignal,
  page: PollingPage = document,
): Promise<void> {
  while (!stop.aborted) {
    const delayMs = await ask();
    if (delayMs === undefined) return;
    await untilNext(delayMs, stop, page);
  }
}

/** A document, or what plays it in a test. */
interface PollingPage extends EventTarget {
  readonly hidden: boolean;
}

function untilNext(delayMs: number, stop: AbortSignal, page: PollingPage): Promise<void> {
  if (stop.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const listening = new AbortController();
    const { signal } = listening;
    const end = (): void => {
      clearTimeout(timer);
      listening.abort();
      resolve();
    };
    const endIfVisible = (): void => {
      if (!page.hidden) end();
    };
    const timer = setTimeout(endIfVisible, delayMs);
    page.addEventListener('visibilitychange', endIfVisible, { signal });
    stop.addEventListener('abort', end, { signal });
  });
}
