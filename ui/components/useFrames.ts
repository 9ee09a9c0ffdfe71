import { useEffect, useRef, useState } from 'preact/hooks';

/**
 * Returns a function that requests a call of `onFrame`. Requests are joined: `onFrame` is called in
 * an animation frame, and not more often than each `minIntervalMs`.
 */
export function useFrames(onFrame: () => void, minIntervalMs: number): () => void {
  const latest = useRef(onFrame);
  latest.current = onFrame;
  const [frames] = useState(() => new Frames(() => latest.current(), minIntervalMs));
  useEffect(() => () => frames.stop(), [frames]);
  return frames.request;
}

class Frames {
  readonly #onFrame: () => void;
  readonly #minIntervalMs: number;
  #lastMs = Number.NEGATIVE_INFINITY;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #frame: number | undefined;

  constructor(onFrame: () => void, minIntervalMs: number) {
    this.#onFrame = onFrame;
    this.#minIntervalMs = minIntervalMs;
  }

  readonly request = (): void => {
    if (this.#timer !== undefined || this.#frame !== undefined) return;
    const waitMs = this.#lastMs + this.#minIntervalMs - performance.now();
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
