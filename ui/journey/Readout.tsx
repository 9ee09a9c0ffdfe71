import type { JourneyRow } from '../../src/cli/ui/journey/contract.ts';
import { CopyButton } from '../components/CopyButton.tsx';
import { visibleText } from '../components/visibleText.ts';
import { describeCounts, describeParts, describeTimes, nameOf, notesOf } from './rowText.ts';

/** The exact numbers of the row under the pointer, or else of the row that has the focus. */
export function Readout({ row }: { readonly row: JourneyRow | undefined }) {
  return (
    <div class="journey-readout">
      {row === undefined ? (
        <p class="hint">Point at a row, or move to it with the arrow keys, to see its numbers.</p>
      ) : (
        <RowNumbers row={row} />
      )}
    </div>
  );
}

function RowNumbers({ row }: { readonly row: JourneyRow }) {
  const { id, counts, kind } = row;
  if (counts !== undefined) return <p>{describeCounts(kind, counts)}</p>;
  return (
    <>
      <p class="journey-readout-line">
        <strong>{nameOf(row)}</strong>
        {notesOf(row).map((note) => (
          <span key={note}>{note}</span>
        ))}
        <span class="number">{describeParts(row)}</span>
        <span class="number hint">{describeTimes(row)}</span>
      </p>
      <p class="journey-readout-line">
        {id !== undefined && (
          <>
            <span class="mono journey-title">{visibleText(id)}</span>
            <CopyButton text={id} label="Copy envelope id" />
          </>
        )}
      </p>
      {row.message !== undefined && <p class="journey-failure-text">{visibleText(row.message)}</p>}
    </>
  );
}
