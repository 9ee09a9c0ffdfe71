import type { RefObject } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Direction } from './metrics.ts';
import { fitScale, zoomByWheel, type Extent } from './zoom.ts';

export interface Zoom {
  readonly scale: number;
  /** Whether the graph is fitted into its frame, also when one of them changes. */
  readonly isFitted: boolean;
  readonly fit: () => void;
  /** Keeps the centre of the frame where it is. */
  readonly zoom: (change: (scale: number) => number) => void;
}

/** The scale of a graph in a frame that scrolls; the wheel with Ctrl changes it. */
export function useZoom(
  frame: RefObject<HTMLElement | null>,
  graph: Extent,
  direction: Direction,
): Zoom {
  const [chosen, setChosen] = useState<number>();
  const extent = useExtent(frame);
  const fitted = extent === undefined ? 1 : fitScale(graph, extent, direction);
  const scale = chosen ?? fitted;
  const anchor = useRef<Anchor | undefined>(undefined);
  useLayoutEffect(() => {
    if (anchor.current !== undefined && frame.current !== null)
      keepInPlace(frame.current, anchor.current, scale);
    anchor.current = undefined;
  }, [scale]);
  const zoomAt = (x: number, y: number, change: (scale: number) => number): void => {
    if (frame.current !== null) anchor.current = anchorAt(frame.current, x, y, scale);
    setChosen(change(scale));
  };
  useWheel(frame, zoomAt);
  return {
    scale,
    isFitted: chosen === undefined,
    fit: () => setChosen(undefined),
    zoom: (change) => zoomAt((extent?.width ?? 0) / 2, (extent?.height ?? 0) / 2, change),
  };
}

/** A point of the frame, and the point of the graph that a change of the scale keeps there. */
interface Anchor {
  readonly x: number;
  readonly y: number;
  /** In the coordinates of the layout. */
  readonly graphX: number;
  readonly graphY: number;
}

function anchorAt(frame: HTMLElement, x: number, y: number, scale: number): Anchor {
  const { left, top } = graphOffset(frame);
  return { x, y, graphX: (x - left) / scale, graphY: (y - top) / scale };
}

function keepInPlace(frame: HTMLElement, { x, y, graphX, graphY }: Anchor, scale: number): void {
  const { left, top } = graphOffset(frame);
  frame.scrollLeft += left + graphX * scale - x;
  frame.scrollTop += top + graphY * scale - y;
}

/** Where the graph begins in the frame: a small one is centred, a large one is scrolled. */
function graphOffset(frame: HTMLElement): { readonly left: number; readonly top: number } {
  const outer = frame.getBoundingClientRect();
  const inner = frame.firstElementChild?.getBoundingClientRect() ?? outer;
  return { left: inner.left - outer.left, top: inner.top - outer.top };
}

/** The size of the frame without scroll bars. */
function useExtent(frame: RefObject<HTMLElement | null>): Extent | undefined {
  const [extent, setExtent] = useState<Extent>();
  useLayoutEffect(() => {
    const element = frame.current;
    if (element === null) return undefined;
    const measure = (): void => {
      // The size with scroll bars, because a scroll bar must not change the scale that shows it.
      const { width, height } = element.getBoundingClientRect();
      setExtent({ width: Math.floor(width) - BORDER, height: Math.floor(height) - BORDER });
    };
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    measure();
    return () => observer.disconnect();
  }, []);
  return extent;
}

const BORDER = 2;

/** The listener is not passive, because the browser would zoom the whole page. */
function useWheel(
  frame: RefObject<HTMLElement | null>,
  zoomAt: (x: number, y: number, change: (scale: number) => number) => void,
): void {
  const latest = useRef(zoomAt);
  latest.current = zoomAt;
  useLayoutEffect(() => {
    const element = frame.current;
    if (element === null) return undefined;
    const zoomByCtrl = (event: WheelEvent): void => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      const { left, top } = element.getBoundingClientRect();
      latest.current(event.clientX - left, event.clientY - top, (scale) =>
        zoomByWheel(scale, event.deltaY),
      );
    };
    element.addEventListener('wheel', zoomByCtrl, { passive: false });
    return () => element.removeEventListener('wheel', zoomByCtrl);
  }, []);
}
