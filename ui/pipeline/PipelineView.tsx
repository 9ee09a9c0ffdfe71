import type { ViewProps } from '../app/view.ts';
import { Badge } from '../components/Badge.tsx';
import { Notice } from '../components/Notice.tsx';
import { Spinner } from '../components/Spinner.tsx';
import { AsOf } from '../components/Time.tsx';
import { ViewHeading } from '../components/ViewHeading.tsx';
import { awayBroker } from '../app/sources.ts';
import { PipelineBody } from './PipelineBody.tsx';
import { commonFailures, isBrokerFailure, type CommonFailure } from './state/commonFailures.ts';
import { missingSources } from './state/missingSources.ts';
import { usePipeline, type LivePipeline } from './state/usePipeline.ts';
import { useFailureAnnouncements } from './useFailureAnnouncements.ts';

/** The actors, their queues and the flow between them, as a graph or as a table. */
export function PipelineView(props: ViewProps) {
  const live = usePipeline(props.client);
  const { pipeline, states, isStale, problem } = live;
  useFailureAnnouncements(states);
  const isBrokerAway = awayBroker(props.session) !== undefined;
  const common = commonFailures(states);
  const waiting = common.find((failure) => isBrokerAway && isBrokerFailure(failure));
  return (
    <>
      <ViewHeading aside={<Freshness {...{ live, isBrokerAway }} />}>Pipeline</ViewHeading>
      {missingSources(props.session, waiting?.count ?? 0).map((text) => (
        <Notice key={text} kind="source">
          {text}
        </Notice>
      ))}
      {common
        .filter((failure) => failure !== waiting)
        .map((failure) => (
          <CommonFailureNotice key={failure.text + failure.detail} failure={failure} />
        ))}
      {problem !== undefined && <Notice kind="error">{problem}</Notice>}
      {pipeline === undefined && problem === undefined && <Spinner label="Reading the pipeline" />}
      {pipeline !== undefined && (
        <PipelineBody {...{ ...props, pipeline, states, common, isStale, isBrokerAway }} />
      )}
    </>
  );
}

/** A failure of many actors: one line instead of one in each card. */
function CommonFailureNotice({ failure }: { readonly failure: CommonFailure }) {
  const { text, detail, count } = failure;
  return (
    <Notice kind="error">
      <strong>
        {count} actors: {text}
      </strong>
      : {detail}
    </Notice>
  );
}

interface FreshnessProps {
  readonly live: LivePipeline;
  readonly isBrokerAway: boolean;
}

/** The time of the last change, and whether further changes will be shown. */
function Freshness({ live: { pipeline, isStale }, isBrokerAway }: FreshnessProps) {
  if (pipeline === undefined) return null;
  return (
    <>
      {isStale || isBrokerAway ? (
        <Badge kind="warning">{isStale ? 'Not live' : 'No broker'}</Badge>
      ) : (
        <Badge kind="good">Live</Badge>
      )}
      <AsOf time={pipeline.asOf} />
    </>
  );
}
