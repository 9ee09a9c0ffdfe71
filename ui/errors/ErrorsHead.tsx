import { Button } from '../components/Button.tsx';
import { formatExact } from '../components/format.ts';
import { Segments } from '../components/Segments.tsx';
import { Time } from '../components/Time.tsx';
import { ViewHeading } from '../components/ViewHeading.tsx';
import { describeAge } from './address/period.ts';
import { messages } from './actions/action.ts';
import type { LookState } from './data/lookReader.ts';
import { useNow } from './data/useNow.ts';

export interface ErrorsHeadProps {
  readonly state: LookState;
  /** The number of messages that have arrived since the look. */
  readonly arrived: number;
  readonly isParked: boolean;
  readonly onSwitch: (isParked: boolean) => void;
  readonly onRefresh: () => void;
}

const QUEUES = [
  ['error-end', 'error-end'],
  ['parked', 'parked'],
] as const;

/** The heading of the view: which queue, how old the look at it is, and a new look. */
export function ErrorsHead({ state, arrived, isParked, onSwitch, onRefresh }: ErrorsHeadProps) {
  return (
    <ViewHeading
      tools={
        <Segments
          label="Queue"
          options={QUEUES}
          value={isParked ? 'parked' : 'error-end'}
          onChange={(queue) => onSwitch(queue === 'parked')}
        />
      }
      aside={
        <>
          <LookAge state={state} />
          <ArrivedCount {...{ state, arrived }} />
          <Button onClick={onRefresh} busy={state.isReading} title="Reads the queue again">
            Refresh
          </Button>
        </>
      }
    >
      Errors
    </ViewHeading>
  );
}

/** Nothing is read again by itself, so that no row moves under the hand of the user. */
function ArrivedCount({ state: { look }, arrived }: Pick<ErrorsHeadProps, 'state' | 'arrived'>) {
  if (look === undefined || arrived === 0) return null;
  return (
    <strong class="errors-arrived">
      {formatExact(arrived)} more since <Time time={look.asOf} />
    </strong>
  );
}

const AGE_STEP_MS = 5_000;

function LookAge({ state: { look } }: { readonly state: LookState }) {
  const nowMs = useNow(AGE_STEP_MS);
  if (look === undefined) return null;
  return (
    <span class="hint errors-age">
      {messages(look.count)} in <span class="errors-name">{look.queue}</span> as of{' '}
      <Time time={look.asOf} /> ({describeAge(Date.parse(look.asOf), nowMs)})
    </span>
  );
}
