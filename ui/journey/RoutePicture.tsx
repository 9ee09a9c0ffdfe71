import { useEffect, useRef } from 'preact/hooks';
import type { JourneyStop, StopState } from '../../src/cli/ui/journey/contract.ts';
import { formatExact } from '../components/format.ts';
import { visibleText } from '../components/visibleText.ts';

/** The actors of the journey in order, with what happened at each. */
export function RoutePicture({ stops }: { readonly stops: readonly JourneyStop[] }) {
  const region = useRef<HTMLDivElement>(null);
  const current = stops.find(({ state }) => state === 'failed' || state === 'waiting')?.name;
  useEffect(() => showCurrent(region.current), [current]);
  if (stops.length === 0) return null;
  return (
    // A scrolling region must be reachable by keyboard.
    <div ref={region} class="journey-route" role="region" aria-label="Route" tabIndex={0}>
      <ol class="journey-stops">
        {stops.map((stop) => (
          <li key={stop.name} class="journey-stop" data-kind={stop.kind} data-state={stop.state}>
            <div class="journey-stop-box">
              <span class="journey-stop-name">
                <span class="journey-stop-mark" aria-hidden="true">
                  {MARKS[stop.state]}
                </span>
                <span class="journey-stop-text">{visibleText(stop.name)}</span>
              </span>
              <span class="journey-stop-notes">{notesOf(stop)}</span>
            </div>
          </li>
        ))}
      </ol>
    </div>
  );
}

/** Scrolls a long route to the first actor at which an envelope failed or waits. */
function showCurrent(region: HTMLElement | null): void {
  const stop = region?.querySelector<HTMLElement>('[data-state="failed"], [data-state="waiting"]');
  if (region === null || stop === null || stop === undefined) return;
  region.scrollLeft =
    stop.offsetLeft - region.offsetLeft - (region.clientWidth - stop.clientWidth) / 2;
}

/** The states have a shape too, for users who do not see their colours. */
const MARKS: Readonly<Record<StopState, string>> = {
  done: '✓',
  failed: '✕',
  waiting: '●',
  ahead: '○',
};

const STATES: Readonly<Record<StopState, string>> = {
  done: 'done',
  failed: 'failed here',
  waiting: 'waiting',
  ahead: 'not reached',
};

function notesOf({ kind, state, hops, failed, waiting, repeated, isFanout }: JourneyStop): string {
  if (kind === 'happy_end') return state === 'waiting' ? 'waiting' : 'reached';
  if (kind === 'error_end') return state === 'failed' ? 'holds the error' : 'was replayed';
  const notes = [
    ...(failed > 1 ? [`${formatExact(failed)} failed here`] : []),
    ...(waiting > 1 ? [`${formatExact(waiting)} waiting`] : []),
    ...(repeated > 0 ? [`${formatExact(repeated)} repeated`] : []),
    ...(isFanout ? ['fan-out'] : []),
    ...(hops > 1 + repeated ? [`${formatExact(hops)} hops`] : []),
  ];
  const hasState = (state === 'failed' && failed > 1) || (state === 'waiting' && waiting > 1);
  return [...(hasState ? [] : [STATES[state]]), ...notes].join(' · ');
}
