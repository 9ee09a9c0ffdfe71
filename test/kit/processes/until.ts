import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Resolves as the promise does, or rejects after a timeout.
 * @param description of the awaited event, for the error
 */
export async function within<T>(
  promise: Promise<T>,
  description: string,
  timeoutMs = 10_000,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () =>
        reject(
          new assert.AssertionError({ message: `timeout after ${timeoutMs} ms: ${description}` }),
        ),
      timeoutMs,
    );
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Polls a condition until it is true, or rejects after a timeout.
 * @param description of the awaited state, for the error
 */
export async function until(
  condition: () => boolean | Promise<boolean>,
  description: string,
  timeoutMs = 10_000,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > deadline) {
      throw new assert.AssertionError({ message: `timeout after ${timeoutMs} ms: ${description}` });
    }
    await sleep(5);
  }
}
