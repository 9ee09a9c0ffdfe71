const KEYS: readonly (readonly [keys: readonly string[], effect: string])[] = [
  [['j', 'k'], 'next and previous message'],
  [['↑', '↓'], 'move in a list; Enter opens the row'],
  [['x'], 'select the message, or deselect it'],
  [['r'], 'replay the open message, or the selected ones'],
  [['d'], 'discard them'],
  [['Esc'], 'close the message'],
  [['?'], 'show these keys'],
];

export const KEYS_HELP_ID = 'errors-keys';

/** A button that lists the keys of the view. */
export function KeysHelp() {
  return (
    <>
      <button
        type="button"
        class="button"
        data-kind="plain"
        popovertarget={KEYS_HELP_ID}
        aria-keyshortcuts="?"
      >
        Keys
      </button>
      <div id={KEYS_HELP_ID} popover="auto" class="errors-keys" role="dialog" aria-label="Keys">
        <h2>Keys</h2>
        <dl>
          {KEYS.map(([keys, effect]) => (
            <div key={effect}>
              <dt>
                {keys.map((key) => (
                  <kbd key={key}>{key}</kbd>
                ))}
              </dt>
              <dd>{effect}</dd>
            </div>
          ))}
        </dl>
      </div>
    </>
  );
}
