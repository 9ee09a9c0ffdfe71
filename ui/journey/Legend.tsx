import type { JourneyRow, RowPart } from '../../src/cli/ui/journey/contract.ts';

const PARTS: readonly (readonly [kind: RowPart['kind'], text: string])[] = [
  ['queue', 'in the queue'],
  ['rate_limit', 'rate limit'],
  ['sidecar', 'sidecar'],
  ['runtime', 'runtime'],
];

/** The parts that the bars have; each has a height and a pattern in addition to its colour. */
export function Legend({ rows }: { readonly rows: readonly JourneyRow[] }) {
  const kinds = new Set(rows.flatMap(({ parts }) => parts.map(({ kind }) => kind)));
  return (
    <ul class="journey-legend" aria-label="Legend">
      {PARTS.filter(([kind]) => kinds.has(kind)).map(([kind, text]) => (
        <li key={kind}>
          <span class="journey-swatch" aria-hidden="true">
            <span class="journey-part" data-kind={kind} />
          </span>
          {text}
        </li>
      ))}
    </ul>
  );
}
