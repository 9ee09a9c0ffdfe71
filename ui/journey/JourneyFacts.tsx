import { formatDuration } from '../../src/cli/trace/duration.ts';
import type { Journey } from '../../src/cli/ui/journey/contract.ts';
import { Badge } from '../components/Badge.tsx';
import { Count } from '../components/Count.tsx';
import { Fact } from '../components/Fact.tsx';
import { formatExact } from '../components/format.ts';
import { Time } from '../components/Time.tsx';
import { visibleText } from '../components/visibleText.ts';
import type { BackendLink } from './backendLinks.ts';
import { STATE_TONES } from './journeyState.ts';

export interface JourneyFactsProps {
  readonly journey: Journey;
  /** The id in the address: that of the journey, or of an envelope of it. */
  readonly requestedId: string;
  readonly links: readonly BackendLink[];
}

/** The line below the heading: state, times, links to other tools. */
export function JourneyFacts({ journey, requestedId, links }: JourneyFactsProps) {
  const { id, state, start, durationMs, hops } = journey;
  const isChild = requestedId !== id;
  return (
    <div class="journey-facts">
      <dl class="journey-fact-list">
        <Fact name="State">
          <span role="status">
            <Badge kind={STATE_TONES[state]}>{describeState(journey)}</Badge>
          </span>
        </Fact>
        {hops > 0 && (
          <>
            <Fact name="Duration">
              <span class="number" title={`${formatExact(durationMs)} ms`}>
                {formatDuration(durationMs)}
              </span>
            </Fact>
            <Fact name="Start">
              <Time time={start} />
            </Fact>
          </>
        )}
        <Fact name="Hops">
          <Count value={hops} />
        </Fact>
        {isChild && (
          <Fact name="Envelope">
            <span class="mono journey-title">{visibleText(requestedId)}</span>
          </Fact>
        )}
      </dl>
      <div class="journey-tools">
        {links.map(({ text, href }) => (
          <a key={href} class="button" href={href} target="_blank" rel="noreferrer noopener">
            {text}
            <span aria-hidden="true">↗</span>
            <span class="visually-hidden">(opens a new tab)</span>
          </a>
        ))}
      </div>
    </div>
  );
}

function describeState({ state, waiting }: Journey): string {
  const count = waiting.reduce((sum, it) => sum + it.count, 0);
  if (count === 0) return state;
  const [first] = waiting;
  const place =
    waiting.length === 1 && first !== undefined ? ` for ${visibleText(first.actor)}` : '';
  if (state === 'failed') return `failed, ${formatExact(count)} waiting`;
  return count === 1 ? `waiting${place}` : `${formatExact(count)} waiting${place}`;
}
