import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';

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

/**
 * Polls a value until it equals `expected`. After the timeout, rejects with the difference of the
 * last value. For a state that follows another signal at an unknown distance, such as a field that
 * a page changes one render after its list.
 */
export async function untilEqual<T>(
  read: () => T | Promise<T>,
  expected: T,
  timeoutMs = 10_000,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const value = await read();
    if (isDeepStrictEqual(value, expected)) return;
    if (performance.now() > deadline) assert.deepEqual(value, expected);
    await sleep(5);
  }
}
