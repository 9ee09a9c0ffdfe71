import { useRef, useState } from 'preact/hooks';
import type { Pipeline } from '../../../src/cli/ui/pipeline/contract.ts';
import { useStream } from '../../app/useStream.ts';
import type { Client } from '../../client/client.ts';
import { actorStates, type ActorState } from './actorState.ts';
import { DepthTrends } from './depthTrends.ts';

/** The newest state of the pipeline. */
export interface LivePipeline {
  /** Undefined until the first one has arrived. */
  readonly pipeline: Pipeline | undefined;
  readonly states: readonly ActorState[];
  /** The stream is lost: the numbers do not change any more. */
  readonly isStale: boolean;
  /** Why the server has refused the stream. */
  readonly problem: string | undefined;
}

interface Received {
  readonly pipeline: Pipeline;
  readonly states: readonly ActorState[];
}

const NO_STATES: readonly ActorState[] = [];

export function usePipeline(client: Client): LivePipeline {
  const trends = useRef(new DepthTrends());
  const [received, setReceived] = useState<Received>();
  const stream = useStream<Pipeline>({
    client,
    path: '/api/pipeline',
    onEvent: (pipeline) => {
      trends.current.add(pipeline);
      setReceived({ pipeline, states: actorStates(pipeline, trends.current) });
    },
  });
  return {
    pipeline: received?.pipeline,
    states: received?.states ?? NO_STATES,
    isStale: stream.kind === 'lost' || stream.kind === 'refused',
    problem: stream.kind === 'refused' ? stream.problem.message : undefined,
  };
}
