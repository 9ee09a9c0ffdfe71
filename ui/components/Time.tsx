import { formatExactTime, formatTime } from './format.ts';

export interface TimeProps {
  /** RFC 3339 */
  readonly time: string | undefined;
}

/** A local time; the title has the date, the milliseconds and the zone. */
export function Time({ time }: TimeProps) {
  return (
    <time class="number" dateTime={time} title={formatExactTime(time)}>
      {formatTime(time, new Date())}
    </time>
  );
}

/** The time at which the data was read: "as of 12:00:01". */
export function AsOf({ time }: TimeProps) {
  return (
    <span class="hint">
      as of <Time time={time} />
    </span>
  );
}
