import { capitalize } from './capitalize.ts';
import { Notice } from './Notice.tsx';
import { visibleText } from './visibleText.ts';

export interface GapListProps {
  /** One line each, without a full stop: what is not shown, and the source that would add it. */
  readonly gaps: readonly string[];
}

export function GapList({ gaps }: GapListProps) {
  return gaps.map((gap) => (
    <Notice key={gap} kind="source">
      {visibleText(capitalize(gap))}.
    </Notice>
  ));
}
