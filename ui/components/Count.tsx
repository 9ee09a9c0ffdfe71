import { formatCount, formatExact, formatRate } from './format.ts';

export interface CountProps {
  /** Undefined while it is not known. */
  readonly value: number | undefined;
}

/** A number of things; the title has all digits. */
export function Count({ value }: CountProps) {
  if (value === undefined) return <span class="hint">–</span>;
  return (
    <span class="number" title={formatExact(value)}>
      {formatCount(value)}
    </span>
  );
}

/** Events per second. */
export function Rate({ value }: CountProps) {
  if (value === undefined) return <span class="hint">–</span>;
  return <span class="number">{formatRate(value)}/s</span>;
}
