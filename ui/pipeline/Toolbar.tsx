import { useId } from 'preact/hooks';
import { Segments } from '../components/Segments.tsx';
import type { ChangeAddress } from './usePipelineAddress.ts';

export interface ToolbarProps {
  readonly name: string;
  readonly isTroubledOnly: boolean;
  readonly show: 'graph' | 'table';
  /** The number of actors that have a trouble. */
  readonly troubled: number;
  /** The actor that Enter in the filter opens. */
  readonly firstMatch: string | undefined;
  readonly onChange: ChangeAddress;
}

const SHOWS = [
  ['graph', 'Graph'],
  ['table', 'Table'],
] as const;

/** The filters of the view, and its two forms. */
export function Toolbar(props: ToolbarProps) {
  const { name, isTroubledOnly, show, troubled, firstMatch, onChange } = props;
  const id = useId();
  return (
    <div class="pipeline-toolbar">
      <label class="visually-hidden" for={id}>
        Filter by name
      </label>
      <input
        id={id}
        class="input pipeline-filter"
        type="search"
        placeholder="Filter by name"
        autocomplete="off"
        spellcheck={false}
        value={name}
        title="Enter opens the first actor"
        onInput={(event) => onChange({ name: event.currentTarget.value })}
        onKeyDown={({ key }) => {
          if (key === 'Enter' && firstMatch !== undefined) onChange({ actor: firstMatch });
        }}
      />
      <button
        type="button"
        class="button"
        aria-pressed={isTroubledOnly}
        onClick={() => onChange({ isTroubledOnly: !isTroubledOnly })}
      >
        With problems
        <span class="pipeline-troubled number" data-some={troubled > 0 ? true : undefined}>
          {troubled}
        </span>
      </button>
      <Segments
        label="Show as"
        options={SHOWS}
        value={show}
        onChange={(value) => onChange({ show: value })}
      />
    </div>
  );
}
