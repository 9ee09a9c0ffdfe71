import type { RefObject } from 'preact';
import { useState } from 'preact/hooks';
import type { Layout } from './layout.ts';
import { isArrowKey, neighbourOf } from './neighbour.ts';

export interface CardFocus {
  /** The card at which the tab key stops. */
  readonly tabStop: string | undefined;
  readonly setTabStop: (name: string) => void;
  /** Moves the focus from one card to the next one; returns whether the key is an arrow key. */
  readonly moveFocus: (key: string) => boolean;
}

/** The cards are one stop of the tab key; the arrow keys move the focus between them. */
export function useCardFocus(frame: RefObject<HTMLElement | null>, { nodes }: Layout): CardFocus {
  const [last, setTabStop] = useState<string>();
  const isPlaced = nodes.some(({ name }) => name === last);
  const tabStop = isPlaced ? last : leftmost(nodes);
  const moveFocus = (key: string): boolean => {
    const from = document.activeElement;
    if (!isArrowKey(key) || !(from instanceof HTMLElement)) return false;
    const name = from.dataset['actor'];
    if (name === undefined) return false;
    const next = neighbourOf(nodes, name, key);
    const cards = frame.current?.querySelectorAll<HTMLElement>('[data-actor]') ?? [];
    [...cards].find((card) => card.dataset['actor'] === next)?.focus();
    return true;
  };
  return { tabStop, setTabStop, moveFocus };
}

/** The card at which the flow begins. */
export function leftmost(nodes: Layout['nodes']): string | undefined {
  return nodes.toSorted((a, b) => a.left - b.left || a.top - b.top)[0]?.name;
}
