import { useRef } from 'preact/hooks';
import { isField, usePageKeys } from '../components/usePageKeys.ts';
import type { ViewName } from './address.ts';
import { COMMON_KEYS, VIEW_KEYS, type KeyLine } from './keys.ts';

/** A button that lists the keys of the view. */
export function KeysHelp({ view }: { readonly view: ViewName }) {
  const help = useRef<HTMLDivElement>(null);
  usePageKeys((event) => {
    if (event.key !== '?' || isField(event.target)) return;
    if (document.querySelector('dialog[open]') !== null) return;
    event.preventDefault();
    help.current?.togglePopover();
  });
  return (
    <>
      <button
        type="button"
        class="button keys-button"
        popovertarget="keys"
        aria-label="Keys"
        aria-keyshortcuts="?"
        title="Keys (?)"
      >
        ?
      </button>
      <div ref={help} id="keys" popover="auto" class="popover keys" role="dialog" aria-label="Keys">
        <h2>Keys</h2>
        <KeyList lines={VIEW_KEYS[view]} />
        <h3>In every view</h3>
        <KeyList lines={COMMON_KEYS} />
      </div>
    </>
  );
}

function KeyList({ lines }: { readonly lines: readonly KeyLine[] }) {
  return (
    <dl>
      {lines.map(([keys, effect]) => (
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
  );
}
