/** The number of messages ready in a queue, asked for now and then: a scrape must not wait for a broker. */
export interface DepthWatch {
  /** Undefined while nobody knows: to say nothing is better than to say what was true once. */
  current(): number | undefined;
  stop(): void;
}

/** @param read resolves to undefined, or rejects, when the broker cannot say */
export function watchDepth(read: () => Promise<number | undefined>, intervalMs: number): DepthWatch {
  let depth: number | undefined;
  let asking = false;

  async function ask(): Promise<void> {
    // A broker that does not answer is not asked again, and what it said before counts no more.
    if (asking) depth = undefined;
    else {
      asking = true;
      depth = await read().catch(() => undefined);
      asking = false;
    }
  }

  const timer = setInterval(() => void ask(), intervalMs).unref();
  void ask();
  return { current: () => depth, stop: () => clearInterval(timer) };
}
