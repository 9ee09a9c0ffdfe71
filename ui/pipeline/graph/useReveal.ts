import type { RefObject } from 'preact';
import { useLayoutEffect } from 'preact/hooks';
import type { Layout } from './layout.ts';
import type { Zoom } from './useZoom.ts';
import { leftmost } from './useCardFocus.ts';
import { scrollToReveal } from './zoom.ts';

/**
 * Scrolls the card of the selected actor into the frame, which its panel may make smaller; without
 * one, that at which the flow begins.
 */
export function useReveal(
  frame: RefObject<HTMLElement | null>,
  { nodes }: Layout,
  selected: string | undefined,
  { scale, isFitted }: Pick<Zoom, 'scale' | 'isFitted'>,
): void {
  const start = leftmost(nodes);
  useLayoutEffect(() => {
    const element = frame.current;
    const node = nodes.find(({ name }) => name === start);
    if (element === null || node === undefined || selected !== undefined) return;
    element.scrollTop = (node.top + node.height / 2) * scale - element.clientHeight / 2;
    // Later changes of the numbers or the scale keep what the user looks at.
  }, [start, isFitted ? scale : undefined]);
  useLayoutEffect(() => {
    const element = frame.current;
    const node = nodes.find(({ name }) => name === selected);
    if (element === null || node === undefined) return;
    const { scrollLeft, scrollTop, clientWidth, clientHeight } = element;
    const { left, top, width, height } = node;
    const scaled = (start: number, size: number) => ({
      start: start * scale,
      end: (start + size) * scale,
    });
    element.scrollLeft = scrollToReveal(scrollLeft, clientWidth, scaled(left, width));
    element.scrollTop = scrollToReveal(scrollTop, clientHeight, scaled(top, height));
    // A scale that the user has chosen keeps the point that the user looks at.
  }, [selected, isFitted ? scale : undefined]);
}
