import { useEffect, useRef } from 'preact/hooks';
import { focusHeading } from './focusHeading.ts';
import { isEditable } from './isEditable.ts';
import { cleanId } from '../components/cleanId.ts';
import type { ViewProps } from './view.ts';

/** Opens the journey of an id. The key "/" moves the focus into the field. */
export function JourneySearch({ navigate }: Pick<ViewProps, 'navigate'>) {
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const focusOnSlash = (event: KeyboardEvent): void => {
      if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey) return;
      if (isEditable(event.target) || document.querySelector('dialog[open]') !== null) return;
      event.preventDefault();
      input.current?.focus();
      input.current?.select();
    };
    addEventListener('keydown', focusOnSlash);
    return () => removeEventListener('keydown', focusOnSlash);
  }, []);
  const search = (event: Event): void => {
    event.preventDefault();
    const element = input.current;
    const id = cleanId(element?.value ?? '');
    if (element === null || id === '') return;
    navigate('journey', { id });
    element.value = '';
    focusHeading();
  };
  return (
    <form role="search" class="journey-search" onSubmit={search}>
      <input
        ref={input}
        class="input"
        type="search"
        aria-label="Id of a journey or an envelope"
        aria-keyshortcuts="/"
        placeholder="Journey or envelope id"
        spellcheck={false}
        autocomplete="off"
      />
      <kbd class="journey-search-key" aria-hidden="true">
        /
      </kbd>
    </form>
  );
}
