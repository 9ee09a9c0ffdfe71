import type { ViewName } from './address.ts';

/** A line of the help: keys that do the same or the opposite, and their effect. */
export type KeyLine = readonly [keys: readonly string[], effect: string];

/** The keys of all views. */
export const COMMON_KEYS: readonly KeyLine[] = [
  [['/'], 'Find a journey'],
  [['?'], 'Show these keys'],
  [['Esc'], 'Close what is open'],
];

const TABLE_KEYS: KeyLine = [['↑', '↓'], 'Move in a table; Enter opens the row'];

export const VIEW_KEYS: Readonly<Record<ViewName, readonly KeyLine[]>> = {
  pipeline: [
    [['←', '→', '↑', '↓'], 'Move between actors; Enter opens one'],
    [['+', '−'], 'Zoom in, zoom out'],
    [['0'], 'Fit the graph into the page'],
  ],
  errors: [
    TABLE_KEYS,
    [['j', 'k'], 'Next message, previous message'],
    [['x'], 'Select the message, or deselect it'],
    [['r'], 'Replay the open message, or the selected ones'],
    [['d'], 'Discard them'],
  ],
  journey: [TABLE_KEYS, [['←', '→'], 'Fold and unfold a hop of the waterfall']],
  live: [[['Space'], 'Pause, resume']],
  send: [
    [['Ctrl+Enter'], 'Send'],
    [['Enter'], 'Add an actor below'],
    [['Alt+↑', 'Alt+↓'], 'Move the actor'],
  ],
};
