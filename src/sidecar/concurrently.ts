/**
 * Calls an asynchronous function for each item, at most `limit` at a time, and resolves to the
 * results in the order of the items. After a rejection no further call begins.
 * @throws the first rejection, after all running calls have ended
 */
export async function eachConcurrently<T, R>(
  items: readonly T[],
  limit: number,
  call: (item: T) => Promise<R>,
): Promise<R[]> {
  // Most hops have one dispatch.
  if (items.length <= 1) return Promise.all(items.map(call));
  const results: R[] = [];
  const queue = items.entries();
  let hasFailed = false;
  const work = async (): Promise<void> => {
    for (const [index, item] of queue) {
      if (hasFailed) return;
      try {
        results[index] = await call(item);
      } catch (error) {
        hasFailed = true;
        throw error;
      }
    }
  };
  const workers = Array.from({ length: Math.min(limit, items.length) }, work);
  await Promise.allSettled(workers);
  await Promise.all(workers);
  return results;
}
