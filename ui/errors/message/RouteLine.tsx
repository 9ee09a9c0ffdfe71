import { visibleText } from '../../components/visibleText.ts';

export interface RouteLineProps {
  readonly actors: readonly string[];
  /** The index of the actor at which the envelope stood; may be outside of the route. */
  readonly current: number;
}

/** The route as a line of actors, with the place where the envelope stood. */
export function RouteLine({ actors, current }: RouteLineProps) {
  return (
    <>
      <ol class="errors-route" aria-label="Route">
        {actors.map((actor, index) => (
          <li key={index} data-place={placeOf(index, current)}>
            <span class="errors-name">{visibleText(actor)}</span>
            <span class="visually-hidden">, {PLACES[placeOf(index, current)]}</span>
          </li>
        ))}
      </ol>
      {(current < 0 || current >= actors.length) && (
        <p class="hint">Its place {current} is outside of its route.</p>
      )}
    </>
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
