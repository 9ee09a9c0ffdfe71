import { useId } from 'preact/hooks';
import type { ErrorMessage } from '../../../src/cli/ui/errors/contract.ts';
import { TextField } from '../../components/TextField.tsx';
import { visibleText } from '../../components/visibleText.ts';
import type { ReplayForm, ReplayProblems } from './replayForm.ts';

export interface DestinationProps {
  readonly form: ReplayForm;
  readonly problems: ReplayProblems;
  readonly change: (changes: Partial<ReplayForm>) => void;
  readonly queue: string;
  /** The message, if there is one only. */
  readonly original: ErrorMessage | undefined;
  readonly failedAt: readonly string[];
  readonly actors: readonly string[];
}

const SHOWN_ACTORS = 3;

/** From where the messages go, and to where. */
export function Destination(props: DestinationProps) {
  const { form, problems, change, queue, original, failedAt, actors } = props;
  const name = useId();
  const choices: readonly (readonly [ReplayForm['destination'], string])[] = [
    ['failed', describeFailed(original, failedAt)],
    ['actor', original === undefined ? 'An actor of their routes' : 'Another actor of its route'],
    ['route', 'Another route'],
  ];
  return (
    <fieldset class="errors-destination">
      <legend>
        From <span class="mono errors-name">{visibleText(queue)}</span> to
      </legend>
      {choices.map(([destination, text]) => (
        <label key={destination} class="errors-option">
          <input
            type="radio"
            name={name}
            checked={form.destination === destination}
            onChange={() => change({ destination, ...startOf(destination, original) })}
          />
          <span class="errors-name">{text}</span>
        </label>
      ))}
      {form.destination === 'actor' && (
        <ActorSelect
          {...{ form, problems, change }}
          actors={[...new Set(original?.route?.actors ?? actors)]}
        />
      )}
      {form.destination === 'route' && (
        <div class="errors-indented">
          <TextField
            label="Actors, in order"
            hint="Separated by commas. The envelope goes to the first one."
            isMono
            value={form.route}
            error={problems.route}
            onChange={(route) => change({ route })}
          />
        </div>
      )}
    </fieldset>
  );
}

type ActorSelectProps = Pick<DestinationProps, 'form' | 'problems' | 'change' | 'actors'>;

function ActorSelect({ form, problems, change, actors }: ActorSelectProps) {
  return (
    <label class="errors-indented">
      <span class="visually-hidden">Actor</span>
      <select
        class="select"
        value={form.actor}
        aria-invalid={problems.actor === undefined ? undefined : true}
        onChange={(event) => change({ actor: event.currentTarget.value })}
      >
        <option value="">Select an actor</option>
        {actors.map((actor) => (
          <option key={actor} value={actor}>
            {visibleText(actor)}
          </option>
        ))}
      </select>
      {problems.actor !== undefined && <span class="field-error">{problems.actor}</span>}
    </label>
  );
}

/** A new route starts as the old one. */
function startOf(
  destination: ReplayForm['destination'],
  original: ErrorMessage | undefined,
): Partial<ReplayForm> {
  return destination === 'route' ? { route: original?.route?.actors.join(', ') ?? '' } : {};
}

function describeFailed(original: ErrorMessage | undefined, failedAt: readonly string[]): string {
  if (original !== undefined) {
    const to = original.to ?? original.actor;
    return to === undefined ? 'Where it failed' : `Where it failed: ${visibleText(to)}`;
  }
  const [...names] = failedAt.slice(0, SHOWN_ACTORS).map(visibleText);
  const more = failedAt.length - names.length;
  if (names.length === 0) return 'Where they failed';
  return `Where they failed: ${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
