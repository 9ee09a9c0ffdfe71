import type { RefObject } from 'preact';
import { useEffect } from 'preact/hooks';

/** Scrolls a frame by dragging its background with a mouse. Fingers scroll it anyway. */
export function useDragToScroll(frame: RefObject<HTMLElement | null>): void {
  useEffect(() => {
    const element = frame.current;
    if (element === null) return undefined;
    const start = (event: PointerEvent): void => {
      const isOnCard = event.target instanceof Element && event.target.closest('button') !== null;
      if (event.pointerType !== 'mouse' || event.button !== 0 || isOnCard) return;
      element.setPointerCapture(event.pointerId);
    };
    const move = (event: PointerEvent): void => {
      if (!element.hasPointerCapture(event.pointerId)) return;
      element.scrollLeft -= event.movementX;
      element.scrollTop -= event.movementY;
    };
    element.addEventListener('pointerdown', start);
    element.addEventListener('pointermove', move);
    return () => {
      element.removeEventListener('pointerdown', start);
      element.removeEventListener('pointermove', move);
    };
  }, []);
}
