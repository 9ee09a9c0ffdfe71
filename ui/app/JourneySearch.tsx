import { useRef } from 'preact/hooks';
import { cleanId } from '../components/cleanId.ts';
import { isField, usePageKeys } from '../components/usePageKeys.ts';
import { focusHeading } from './focusHeading.ts';
import type { ViewProps } from './view.ts';

/** Opens the journey of an id. The key "/" moves the focus into the field. */
export function JourneySearch({ navigate }: Pick<ViewProps, 'navigate'>) {
  const input = useRef<HTMLInputElement>(null);
  usePageKeys((event) => {
    if (event.key !== '/' || isField(event.target)) return;
    if (document.querySelector('dialog[open]') !== null) return;
    event.preventDefault();
    input.current?.focus();
    input.current?.select();
  });
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
