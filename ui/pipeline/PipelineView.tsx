import type { ViewProps } from '../app/view.ts';
import { Badge } from '../components/Badge.tsx';
import { Notice } from '../components/Notice.tsx';
import { Spinner } from '../components/Spinner.tsx';
import { AsOf } from '../components/Time.tsx';
import { ViewHeading } from '../components/ViewHeading.tsx';
import { PipelineBody } from './PipelineBody.tsx';
import { missingSources } from './state/missingSources.ts';
import { usePipeline, type LivePipeline } from './state/usePipeline.ts';
import { useFailureAnnouncements } from './useFailureAnnouncements.ts';

/** The actors, their queues and the flow between them, as a graph or as a table. */
export function PipelineView(props: ViewProps) {
  const live = usePipeline(props.client);
  const { pipeline, states, isStale, problem } = live;
  useFailureAnnouncements(states);
  return (
    <>
      <ViewHeading aside={<Freshness live={live} />}>Pipeline</ViewHeading>
      {missingSources(props.session).map((text) => (
        <Notice key={text} kind="source">
          {text}
        </Notice>
      ))}
      {problem !== undefined && <Notice kind="error">{problem}</Notice>}
      {pipeline === undefined && problem === undefined && <Spinner label="Reading the pipeline" />}
      {pipeline !== undefined && <PipelineBody {...{ ...props, pipeline, states, isStale }} />}
    </>
  );
}

/** The time of the last change, and whether further changes will be shown. */
function Freshness({ live: { pipeline, isStale } }: { readonly live: LivePipeline }) {
  if (pipeline === undefined) return null;
  return (
    <>
      {isStale ? <Badge kind="warning">Not live</Badge> : <Badge kind="good">Live</Badge>}
      <AsOf time={pipeline.asOf} />
    </>
  );
}
