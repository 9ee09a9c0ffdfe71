import { CopyButton } from '../../components/CopyButton.tsx';
import { formatExact } from '../../components/format.ts';
import { visibleText } from '../../components/visibleText.ts';
import { routePartAround } from './routePart.ts';

export interface RouteLineProps {
  readonly actors: readonly string[];
  /** The index of the actor at which the envelope stood; may be outside of the route. */
  readonly current: number;
}

/** The route as a line of actors, with the place where the envelope stood. */
export function RouteLine({ actors, current }: RouteLineProps) {
  const { start, end } = routePartAround(current, actors.length);
  const after = actors.length - end;
  return (
    <>
      <ol class="errors-route" aria-label="Route">
        {start > 0 && <li class="hint">{formatExact(start)} before</li>}
        {actors.slice(start, end).map((actor, index) => (
          <Stop key={start + index} actor={actor} place={placeOf(start + index, current)} />
        ))}
        {after > 0 && <li class="hint">{formatExact(after)} after</li>}
      </ol>
      {end - start < actors.length && (
        <div>
          <CopyButton label="Copy the route" text={() => JSON.stringify(actors)} />
        </div>
      )}
      {(current < 0 || current >= actors.length) && (
        <p class="hint">Its place {current} is outside of its route.</p>
      )}
    </>
  );
}

interface StopProps {
  readonly actor: string;
  readonly place: Place;
}

function Stop({ actor, place }: StopProps) {
  return (
    <li data-place={place}>
      <span class="errors-name">{visibleText(actor)}</span>
      <span class="visually-hidden">, {PLACES[place]}</span>
    </li>
  );
}

type Place = 'done' | 'failed' | 'ahead';

const PLACES: Readonly<Record<Place, string>> = {
  done: 'done',
  failed: 'failed here',
  ahead: 'not reached',
};

function placeOf(index: number, current: number): Place {
  if (index === current) return 'failed';
  return index < current ? 'done' : 'ahead';
}
