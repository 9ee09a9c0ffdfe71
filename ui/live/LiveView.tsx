import { useMemo } from 'preact/hooks';
import type { ViewProps } from '../app/view.ts';
import { Badge } from '../components/Badge.tsx';
import { Button } from '../components/Button.tsx';
import { EmptyState } from '../components/EmptyState.tsx';
import { formatExact } from '../components/format.ts';
import { Notice } from '../components/Notice.tsx';
import { Spinner } from '../components/Spinner.tsx';
import { ViewHeading } from '../components/ViewHeading.tsx';
import { formatFilter, isEmptyFilter, parseFilter, type HopFilter } from './hopFilter.ts';
import { HopTable } from './HopTable.tsx';
import { LiveFilters } from './LiveFilters.tsx';
import { LiveRate } from './LiveRate.tsx';
import { useHopLog, type HopLogState } from './useHopLog.ts';
import { usePause, type Pause } from './usePause.ts';

const EMPTY: HopFilter = { actor: '', outcome: 'all', id: '' };

/** Hops as they happen, the newest at the top. */
export function LiveView({ client, session, params, navigate }: ViewProps) {
  const { sidecars } = session.sources;
  const hasSource = sidecars.length > 0;
  const filter = useMemo(() => parseFilter(params), [params]);
  const hops = useHopLog(client, hasSource ? '/api/hops' : undefined, filter);
  const pause = usePause(hops.log, hops.update);
  const setFilter = (next: HopFilter): void =>
    navigate('live', formatFilter(next), { replace: true });
  if (!hasSource) return <MissingSource />;
  const actors = [...hops.actors, ...sidecars.flatMap(({ actor = [] }) => actor)];
  return (
    <>
      <ViewHeading aside={<LiveRate rateNow={hops.rateNow} />}>Live</ViewHeading>
      <div class="live-controls">
        <LiveFilters filter={filter} actors={actors} onChange={setFilter} />
        <PauseButton hops={hops} pause={pause} />
      </div>
      <ConnectionNotice {...hops} />
      <HopList
        {...{ hops, pause }}
        onClear={isEmptyFilter(filter) ? undefined : () => setFilter(EMPTY)}
      />
    </>
  );
}

function MissingSource() {
  return (
    <>
      <ViewHeading>Live</ViewHeading>
      <Notice kind="source">
        Hops need the sidecars: start the page with <code>--sidecars ADDRESS</code>.
      </Notice>
    </>
  );
}

interface HopsProps {
  readonly hops: HopLogState;
  readonly pause: Pause;
}

function PauseButton({ hops: { log, stream }, pause }: HopsProps) {
  const { isPaused, arrived } = log;
  const isLive = !isPaused && stream.kind === 'open';
  return (
    <div class="live-pause">
      <span role="status">
        <Badge kind={isLive ? 'good' : 'warning'}>
          {isLive ? 'Live' : isPaused ? 'Paused' : 'Not live'}
        </Badge>
      </span>
      <Button
        {...(isPaused ? { kind: 'primary' as const } : {})}
        title="Space"
        onClick={pause.toggle}
      >
        {isPaused ? `Resume (${formatExact(arrived)} new)` : 'Pause'}
      </Button>
    </div>
  );
}

function ConnectionNotice({ stream }: HopLogState) {
  switch (stream.kind) {
    case 'lost':
      return (
        <Notice kind="warning">The connection is lost; later hops follow when it is back.</Notice>
      );
    case 'refused':
      return <Notice kind="error">{stream.problem.message}</Notice>;
    case 'connecting':
    case 'open':
      return null;
  }
}

interface HopListProps extends HopsProps {
  /** Removes the filter; undefined without a filter. */
  readonly onClear: (() => void) | undefined;
}

function HopList({ hops, pause, onClear }: HopListProps) {
  const { log, stream } = hops;
  const rows = log.rows();
  if (rows.length > 0) {
    return (
      <HopTable
        rows={rows}
        isPaused={log.isPaused}
        onScrolled={pause.setScrolled}
        onRowFocus={pause.hold}
      />
    );
  }
  if (log.isEmpty && stream.kind === 'connecting') return <Spinner label="Connecting" />;
  if (log.isEmpty) {
    return (
      <EmptyState title="No hops yet">
        <p>A hop appears here when a sidecar has handled an envelope.</p>
      </EmptyState>
    );
  }
  return (
    <EmptyState title="No hop matches the filter">
      {onClear !== undefined && <Button onClick={onClear}>Show all hops</Button>}
    </EmptyState>
  );
}
