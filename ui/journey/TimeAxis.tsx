import { formatDuration } from '../../src/cli/trace/duration.ts';
import { percent } from './percent.ts';
import type { TimeScale } from './timeScale.ts';

export interface TimeAxisProps {
  readonly scale: TimeScale;
  readonly durationMs: number;
}

/** The head of the waterfall: the names of the columns, and the time axis. */
export function TimeAxis({ scale, durationMs }: TimeAxisProps) {
  return (
    <div class="journey-row journey-head" role="row">
      <span class="journey-name" role="columnheader">
        Actor
      </span>
      <span class="journey-outcome" role="columnheader">
        Outcome
      </span>
      <span class="journey-time-cell" role="columnheader">
        Duration
      </span>
      <span class="journey-bars" role="columnheader">
        <span class="visually-hidden">Parts</span>
        <span aria-hidden="true">
          {scale.ticks.map(({ position, text }) => (
            <span key={position} class="journey-tick" style={{ left: percent(position) }}>
              {text}
            </span>
          ))}
          <span class="journey-tick" data-end>
            {formatDuration(durationMs)}
          </span>
          {scale.breaks.map(({ position, size, text }) => (
            <span
              key={position}
              class="journey-break"
              title={`${text} without a hop, drawn shorter`}
              style={{ left: percent(position), width: percent(size) }}
            />
          ))}
        </span>
      </span>
    </div>
  );
}
