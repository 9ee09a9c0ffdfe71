import { useRef } from 'preact/hooks';
import { usePageKeys } from '../components/usePageKeys.ts';
import type { HopLog } from './hopLog.ts';

export interface Pause {
  /** Pauses, or resumes at the newest hop. */
  readonly toggle: () => void;
  /** Pauses until the user resumes. */
  readonly hold: () => void;
  /** Pauses while the list is scrolled away from its newest hop. */
  readonly setScrolled: (isScrolled: boolean) => void;
}

/**
 * The ways to pause: a button, the space bar, the focus on a row, and scrolling away. Scrolling
 * back to the newest hop resumes what scrolling has paused.
 */
export function usePause(log: HopLog, onChange: () => void): Pause {
  const isByScrolling = useRef(false);
  const pause = (byScrolling: boolean): void => {
    if (log.isPaused && byScrolling) return;
    isByScrolling.current = byScrolling;
    log.pause();
    onChange();
  };
  const resume = (): void => {
    log.resume();
    onChange();
  };
  const toggle = (): void => (log.isPaused ? resume() : pause(false));
  useSpaceKey(toggle);
  return {
    toggle,
    hold: () => pause(false),
    setScrolled(isScrolled) {
      if (isScrolled) pause(true);
      else if (log.isPaused && isByScrolling.current) resume();
    },
  };
}

/** Calls a function when the space bar is pressed outside of a control that uses it. */
function useSpaceKey(onSpace: () => void): void {
  usePageKeys((event) => {
    if (event.key !== ' ') return;
    if (event.target instanceof Element && event.target.closest(USES_SPACE) !== null) return;
    event.preventDefault();
    onSpace();
  });
}

const USES_SPACE = 'input, textarea, select, button, summary, [popover], dialog';
