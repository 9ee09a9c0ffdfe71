import { formatDuration } from '../../src/cli/trace/duration.ts';

export interface DurationProps {
  /** Undefined while it is not known. */
  readonly ms: number | undefined;
}

/** A duration with two or three digits; the title has it in milliseconds. */
export function Duration({ ms }: DurationProps) {
  if (ms === undefined) return <span class="hint">–</span>;
  return (
    <span class="number" title={`${ms} ms`}>
      {formatDuration(ms)}
    </span>
  );
}
