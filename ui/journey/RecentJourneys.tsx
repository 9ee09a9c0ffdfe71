import { useContext, useState } from 'preact/hooks';
import type { JourneySummary } from '../../src/cli/ui/journey/contract.ts';
import type { ViewProps } from '../app/view.ts';
import { Badge } from '../components/Badge.tsx';
import { Button } from '../components/Button.tsx';
import type { Column } from '../components/column.ts';
import { Count } from '../components/Count.tsx';
import { Duration } from '../components/Duration.tsx';
import { EmptyState } from '../components/EmptyState.tsx';
import { GapList } from '../components/GapList.tsx';
import { LinkContext } from '../components/LinkContext.ts';
import { Notice } from '../components/Notice.tsx';
import { RowLink } from '../components/RowLink.tsx';
import { Select } from '../components/Select.tsx';
import { Spinner } from '../components/Spinner.tsx';
import { Table } from '../components/Table.tsx';
import { TextField } from '../components/TextField.tsx';
import { Time } from '../components/Time.tsx';
import { visibleId, visibleText } from '../components/visibleText.ts';
import { ViewHeading } from '../components/ViewHeading.tsx';
import { cleanId } from '../components/cleanId.ts';
import { parseState, STATE_OPTIONS, STATE_TONES, type StateFilter } from './journeyState.ts';
import { useJourneys, type JourneysState } from './useJourneys.ts';

/** A field for an id, and the newest journeys in memory. */
export function RecentJourneys({ client, params, navigate }: ViewProps) {
  const journeys = useJourneys(client);
  const state = parseState(params.get('state'));
  const setState = (next: string): void => {
    const chosen = parseState(next);
    const values = chosen === 'all' ? {} : { state: chosen };
    navigate('journey', values, { replace: true });
  };
  const open = (id: string): void => navigate('journey', { id });
  return (
    <>
      <ViewHeading>Journey</ViewHeading>
      <IdForm onOpen={open} />
      <div class="journey-recent-head">
        <h2>Recent journeys</h2>
        <Select label="State" value={state} options={STATE_OPTIONS} onChange={setState} />
      </div>
      <RecentList {...{ journeys, state }} onOpen={open} onShowAll={() => setState('all')} />
    </>
  );
}

interface OpenProps {
  readonly onOpen: (id: string) => void;
}

function IdForm({ onOpen }: OpenProps) {
  const [text, setText] = useState('');
  const [error, setError] = useState<string>();
  const submit = (event: Event): void => {
    event.preventDefault();
    const id = cleanId(text);
    if (id === '') setError('an id is required');
    else onOpen(id);
  };
  const change = (next: string): void => {
    setText(next);
    setError(undefined);
  };
  return (
    <form class="journey-form" onSubmit={submit}>
      <TextField
        label="Id of a journey or an envelope"
        value={text}
        onChange={change}
        isMono
        {...(error === undefined ? {} : { error })}
      />
      <Button type="submit" kind="primary">
        Show journey
      </Button>
    </form>
  );
}

interface RecentListProps extends OpenProps {
  readonly journeys: JourneysState;
  readonly state: StateFilter;
  readonly onShowAll: () => void;
}

function RecentList({ journeys: { list, problem }, state, onOpen, onShowAll }: RecentListProps) {
  const notice = problem !== undefined && <Notice kind="error">{problem.message}</Notice>;
  if (list === undefined) return notice || <Spinner label="Reading the recent journeys" />;
  const { journeys, gaps } = list;
  const shown = journeys.filter((journey) => state === 'all' || journey.state === state);
  return (
    <>
      {notice}
      {shown.length > 0 && (
        <Table
          label="Recent journeys"
          columns={COLUMNS}
          rows={shown}
          rowKey={({ id }) => id}
          onOpen={({ id }) => onOpen(id)}
        />
      )}
      {shown.length === 0 && journeys.length > 0 && (
        <EmptyState title={`None of the newest ${journeys.length} journeys is ${state}`}>
          <Button onClick={onShowAll}>Show all states</Button>
        </EmptyState>
      )}
      {journeys.length === 0 && (
        <EmptyState title="No journeys yet">
          <p>A journey appears here when one of its hops has ended. An id finds older ones.</p>
        </EmptyState>
      )}
      <GapList gaps={gaps} />
    </>
  );
}

const COLUMNS: readonly Column<JourneySummary>[] = [
  { title: 'Last hop', cell: ({ time }) => <Time time={time} />, class: 'journey-time' },
  {
    title: 'State',
    cell: ({ state }) => <Badge kind={STATE_TONES[state]}>{state}</Badge>,
    class: 'journey-state',
  },
  { title: 'Journey', cell: ({ id }) => <JourneyLink id={id} />, class: 'journey-id' },
  {
    title: 'Actors',
    cell: ({ actors }) => <ActorsOfJourney actors={actors} />,
    class: 'journey-actors',
  },
  {
    title: 'Hops',
    cell: ({ hops }) => <Count value={hops} />,
    align: 'end',
    compare: (a, b) => a.hops - b.hops,
    class: 'journey-hops',
  },
  {
    title: 'Duration',
    cell: ({ durationMs }) => <Duration ms={durationMs} />,
    align: 'end',
    compare: (a, b) => a.durationMs - b.durationMs,
    class: 'journey-duration',
  },
];

function JourneyLink({ id }: { readonly id: string }) {
  const linkTo = useContext(LinkContext);
  return (
    <RowLink href={linkTo('journey', { id })}>
      <span class="mono journey-title" title={visibleId(id)}>
        {visibleId(id)}
      </span>
    </RowLink>
  );
}

function ActorsOfJourney({ actors }: Pick<JourneySummary, 'actors'>) {
  const text = visibleText(actors.join(' → '));
  return <span title={text}>{text}</span>;
}
