import { useEffect, useRef, useState } from 'preact/hooks';

/** In milliseconds. A reader cannot follow more than ten changes of a list in a second. */
const MIN_INTERVAL_MS = 100;

/**
 * Returns a function that requests a call of `onFrame`. Requests are joined: `onFrame` is called in
 * an animation frame, and at most ten times a second.
 */
export function useFrames(onFrame: () => void): () => void {
  const latest = useRef(onFrame);
  latest.current = onFrame;
  const [frames] = useState(() => new Frames(() => latest.current()));
  useEffect(() => () => frames.stop(), [frames]);
  return frames.request;
}

class Frames {
  readonly #onFrame: () => void;
  #lastMs = Number.NEGATIVE_INFINITY;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #frame: number | undefined;

  constructor(onFrame: () => void) {
    this.#onFrame = onFrame;
  }

  readonly request = (): void => {
    if (this.#timer !== undefined || this.#frame !== undefined) return;
    const waitMs = this.#lastMs + MIN_INTERVAL_MS - performance.now();
    if (waitMs <= 0) this.#requestFrame();
    else this.#timer = setTimeout(this.#requestFrame, waitMs);
  };

  stop(): void {
    clearTimeout(this.#timer);
    if (this.#frame !== undefined) cancelAnimationFrame(this.#frame);
  }

  readonly #requestFrame = (): void => {
    this.#timer = undefined;
    this.#frame = requestAnimationFrame((nowMs) => {
      this.#frame = undefined;
      this.#lastMs = nowMs;
      this.#onFrame();
    });
  };
}
