import type { Config } from '../../config/config.ts';
import type { CommandContext } from '../command/command.ts';
import { Errors } from './errors/errors.ts';
import { FollowedHops, type FollowedHopsOptions } from './hops/followedHops.ts';
import { createHopsRoutes } from './hops/hopsRoutes.ts';
import { createJourneyRoutes } from './journey/journeyRoutes.ts';
import { PublishedEnvelopes } from './journey/publishedEnvelopes.ts';
import { TraceFiles } from './journey/traces/traceFiles.ts';
import { ActorGraph } from './pipeline/actorGraph.ts';
import { LivePipeline } from './pipeline/livePipeline.ts';
import { createPipelineRoutes } from './pipeline/pipelineRoutes.ts';
import { createSendRoute } from './send/sendRoute.ts';
import type { Route } from './server/routes/route.ts';
import { createSessionRoute, type SessionOptions } from './server/session.ts';
import type { UiTransport } from './server/uiTransport.ts';

export interface RoomOptions extends Pick<SessionOptions, 'isReadOnly' | 'links'> {
  readonly config: Config;
  readonly context: CommandContext;
  readonly transport: UiTransport;
  /** The sidecars to follow. */
  readonly follow: Pick<FollowedHopsOptions, 'addresses' | 'resolve' | 'readToken'>;
  /** The files of `--traces`. */
  readonly traceFiles: readonly string[];
  /** The folder for the archives of discarded messages. */
  readonly archiveFolder: string;
}

/** The rooms of the page's server: its routes, and the sources that they follow. */
export interface Rooms {
  readonly routes: readonly Route[];
  readonly start: () => void;
  readonly stop: () => void;
}

/** Creates all rooms, in the order in which they need each other. */
export function createRooms(options: RoomOptions): Rooms {
  const { config, context, archiveFolder, traceFiles, follow } = options;
  const published = new PublishedEnvelopes();
  const errors = new Errors({
    config,
    context,
    archiveFolder,
    depthOf: (queue) => pipeline.depthOf(queue),
    onReplayed: (it) => published.add(it),
  });
  const traces = traceFiles.length === 0 ? undefined : new TraceFiles({ files: traceFiles });
  const graph = new ActorGraph([config.happyEnd, config.errorEnd]);
  const hops = new FollowedHops({ ...follow, onHop: (hop) => graph.addHop(hop) });
  const pipeline = createPipeline(graph, { ...options, hops, errors, traces });
  const isAlone = !hops.isFollowing && traces === undefined;
  const followed = [
    hops,
    pipeline,
    ...(traces === undefined ? [] : [traces]),
    ...(isAlone ? [errors] : []),
  ];
  return {
    routes: createRoutes(options, { errors, traces, published, hops, pipeline }),
    start() {
      for (const source of followed) source.start();
    },
    stop() {
      for (const source of followed) source.stop();
    },
  };
}

interface Parts {
  readonly errors: Errors;
  /** Undefined without `--traces`. */
  readonly traces: TraceFiles | undefined;
  readonly published: PublishedEnvelopes;
  readonly hops: FollowedHops;
  readonly pipeline: LivePipeline;
}

type PipelineSources = Pick<Parts, 'hops' | 'errors' | 'traces'> &
  Pick<RoomOptions, 'config' | 'context' | 'transport'>;

/** @param graph has the actors of the hops */
function createPipeline(
  graph: ActorGraph,
  { config, context, transport, hops, errors, traces }: PipelineSources,
): LivePipeline {
  return new LivePipeline({
    config,
    graph,
    log: context.log,
    transport: () => transport.current,
    sidecars: () => hops.sidecars,
    otherParts: () => [errors.named(), ...(traces === undefined ? [] : [traces.named()])],
  });
}

/** All routes of the page. */
function createRoutes(
  options: RoomOptions,
  { errors, traces, published, hops, pipeline }: Parts,
): readonly Route[] {
  const { config, context } = options;
  return [
    createSessionRoute({ ...options, traces, sidecars: pipeline }),
    ...createPipelineRoutes(pipeline),
    ...createHopsRoutes(hops),
    ...errors.routes,
    ...createJourneyRoutes({
      traces,
      hops: hops.isFollowing ? hops.ring : undefined,
      failures: errors,
      published,
      ends: config,
    }),
    createSendRoute({ config, context, onSent: (it) => published.add(it) }),
  ];
}
