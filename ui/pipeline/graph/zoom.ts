import type { Direction } from './metrics.ts';

/** The smallest scale at which the names of the cards can be read. */
const MIN_SCALE = 0.2;
const MAX_SCALE = 2;

/** How much of a card can be read: `far` shows its name, depth and trouble, `very` its name. */
export function distanceOf(scale: number): 'far' | 'very' | undefined {
  if (scale < VERY_FAR_SCALE) return 'very';
  return scale < FAR_SCALE ? 'far' : undefined;
}

const FAR_SCALE = 0.62;
const VERY_FAR_SCALE = 0.3;
/** Smaller names are hard to read; a graph of this scale shows the depths of its queues too. */
const MIN_FIT_SCALE = 0.42;
const MAX_FIT_SCALE = 1.2;
const STEP = 1.25;

export interface Extent {
  readonly width: number;
  readonly height: number;
}

/**
 * The scale at which a graph fits into its frame; on a phone only its width does, because the page
 * scrolls. A small graph is hardly enlarged, and a huge one stays legible: its frame scrolls.
 */
export function fitScale(graph: Extent, frame: Extent, direction: Direction): number {
  const byWidth = frame.width / Math.max(1, graph.width);
  const byHeight = frame.height / Math.max(1, graph.height);
  const scale = direction === 'down' ? byWidth : Math.min(byWidth, byHeight);
  return Math.min(MAX_FIT_SCALE, Math.max(MIN_FIT_SCALE, scale));
}

export function zoomIn(scale: number): number {
  return clamp(scale * STEP);
}

export function zoomOut(scale: number): number {
  return clamp(scale / STEP);
}

/** For the wheel: a negative delta enlarges. */
export function zoomByWheel(scale: number, deltaY: number): number {
  return clamp(scale * Math.exp(-deltaY / WHEEL_UNIT));
}

const WHEEL_UNIT = 400;

function clamp(scale: number): number {
  return Math.min(MAX_SCALE, Math.max(MIN_SCALE, scale));
}

/** The nearest scroll position at which a part of the graph is visible, with a margin. */
export function scrollToReveal(
  scroll: number,
  frame: number,
  part: { readonly start: number; readonly end: number },
): number {
  const start = part.start - REVEAL_MARGIN;
  const end = part.end + REVEAL_MARGIN;
  if (start < scroll || end - start > frame) return start;
  return end > scroll + frame ? end - frame : scroll;
}

const REVEAL_MARGIN = 24;
