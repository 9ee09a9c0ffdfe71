import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { SECOND } from '../../../src/units.ts';

/** A loaded machine with a slow disk needs seconds for what usually takes milliseconds. */
const TIMEOUT_MS = 30 * SECOND;
const POLL_MS = 5;

/**
 * Resolves as the promise does, or rejects after a timeout.
 * @param description of the awaited event, for the error
 */
export async function within<T>(
  promise: Promise<T>,
  description: string,
  timeoutMs = TIMEOUT_MS,
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
  timeoutMs = TIMEOUT_MS,
): Promise<void> {
  if (await poll(condition, (isTrue) => isTrue, timeoutMs)) return;
  throw new assert.AssertionError({ message: `timeout after ${timeoutMs} ms: ${description}` });
}

/**
 * Polls a value until it equals `expected`. After the timeout, rejects with the difference of the
 * last value. For a state that follows the awaited signal later, such as a field that a page
 * changes one render after its list.
 */
export async function untilEqual<T>(
  read: () => T | Promise<T>,
  expected: T,
  timeoutMs?: number,
): Promise<void> {
  const last = await poll(read, (value) => isDeepStrictEqual(value, expected), timeoutMs);
  assert.deepEqual(last, expected);
}

/** Polls a text until it matches. After the timeout, rejects with the last text. */
export async function untilMatches(
  read: () => string | Promise<string>,
  pattern: RegExp,
  timeoutMs?: number,
): Promise<void> {
  assert.match(await poll(read, (text) => pattern.test(text), timeoutMs), pattern);
}

/** Resolves with the first value that is accepted, or with the last one before the timeout. */
async function poll<T>(
  read: () => T | Promise<T>,
  isAccepted: (value: T) => boolean,
  timeoutMs = TIMEOUT_MS,
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const value = await read();
    if (isAccepted(value) || performance.now() > deadline) return value;
    await sleep(POLL_MS);
  }
}
