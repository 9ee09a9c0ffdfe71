import { Badge } from './Badge.tsx';
import { toneOfOutcome } from './outcome.ts';
import { visibleText } from './visibleText.ts';

export interface OutcomeBadgeProps {
  /** A value of `asya.outcome`. */
  readonly outcome: string;
}

export function OutcomeBadge({ outcome }: OutcomeBadgeProps) {
  return <Badge kind={toneOfOutcome(outcome)}>{visibleText(outcome)}</Badge>;
}
