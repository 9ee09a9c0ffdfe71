import type { Journey, JourneyFailure } from '../../src/cli/ui/journey/contract.ts';
import type { ViewProps } from '../app/view.ts';
import { Badge } from '../components/Badge.tsx';
import { Time } from '../components/Time.tsx';
import { visibleText } from '../components/visibleText.ts';

export interface FailuresProps extends Pick<ViewProps, 'linkTo'> {
  readonly journey: Journey;
}

const SHOWN = 5;

/** The errors of the journey, from error-end's queue or from its hops. */
export function Failures({ journey, linkTo }: FailuresProps) {
  const { id, failures, rows } = journey;
  const known = failures.length > 0 ? failures : failuresIn(rows);
  if (known.length === 0) return null;
  const isQueued = failures.length > 0;
  return (
    <section class="journey-failures" aria-labelledby="journey-failures">
      <div class="journey-section-head">
        <h2 id="journey-failures">{known.length === 1 ? 'Error' : `Errors (${known.length})`}</h2>
        {isQueued && (
          <a class="button" href={linkTo('errors', { id })}>
            Open in Errors
          </a>
        )}
      </div>
      {known.slice(0, SHOWN).map((failure, index) => (
        <Failure key={`${failure.id} ${index}`} failure={failure} />
      ))}
      {known.length > SHOWN && (
        <p class="hint">and {known.length - SHOWN} more, which the waterfall shows</p>
      )}
      {!isQueued && <p class="hint">Not in error-end's queue: consumed, discarded or replayed.</p>}
    </section>
  );
}

/** The errors of hops, when the queue does not have them. */
function failuresIn(rows: Journey['rows']): readonly JourneyFailure[] {
  return rows
    .filter(({ isFailure }) => isFailure === true)
    .map(({ id = '', name, code, message, attempt }) => ({
      id,
      actor: name,
      text: message ?? '',
      ...(code === undefined ? {} : { code }),
      ...(attempt === undefined ? {} : { attempt }),
    }));
}

function Failure({ failure }: { readonly failure: JourneyFailure }) {
  const { id, actor, code, text, attempt, failedAt, traceback } = failure;
  return (
    <article class="journey-failure">
      <p class="journey-failure-line">
        {code !== undefined && <Badge kind="bad">{visibleText(code)}</Badge>}
        {actor !== undefined && <span>at {visibleText(actor)}</span>}
        {attempt !== undefined && attempt > 1 && <span>attempt {attempt}</span>}
        {failedAt !== undefined && <Time time={failedAt} />}
        <span class="mono journey-title hint">{visibleText(id)}</span>
      </p>
      {text !== '' && <p class="journey-failure-text">{visibleText(text)}</p>}
      {traceback !== undefined && (
        // A scrolling region must be reachable by keyboard.
        <pre class="journey-traceback" role="region" aria-label="Traceback" tabIndex={0}>
          {visibleText(traceback)}
        </pre>
      )}
    </article>
  );
}
