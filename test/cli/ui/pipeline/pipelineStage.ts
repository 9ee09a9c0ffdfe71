import { randomUUID } from 'node:crypto';
import { dirname } from 'node:path';
import type { TestContext } from 'node:test';
import { parseSidecarAddress } from '../../../../src/cli/tail/access/sidecarAddress.ts';
import { FollowedHops } from '../../../../src/cli/ui/hops/followedHops.ts';
import { ActorGraph } from '../../../../src/cli/ui/pipeline/actorGraph.ts';
import type { Actor, Pipeline } from '../../../../src/cli/ui/pipeline/contract.ts';
import { LivePipeline } from '../../../../src/cli/ui/pipeline/livePipeline.ts';
import { readConfig, type Config } from '../../../../src/config/config.ts';
import { silentLog } from '../../../../src/log.ts';
import type { InspectableTransport } from '../../../../src/transport/inspection/inspectableTransport.ts';
import { TRANSPORT_HEADER } from '../../../../src/transport/message.ts';
import { openTransport } from '../../../../src/transport/open.ts';
import type { Transport } from '../../../../src/transport/transport.ts';
import {
  startSidecarProcess,
  type SidecarProcess,
  type Variables,
} from '../../../kit/processes/sidecarProcess.ts';
import { until } from '../../../kit/processes/until.ts';
import { startScriptedRuntime, type Script } from '../../../kit/runtimes/scriptedRuntime.ts';
import { temporarySocketPath } from '../../../kit/runtimes/socketServer.ts';

/** A pipeline of real sidecars: an actor and both ends, as the page's server sees it. */
export interface PipelineStage {
  readonly names: { readonly actor: string; readonly happyEnd: string; readonly errorEnd: string };
  /** Starts a sidecar of the actor. */
  readonly startActor: (more?: Variables) => Promise<SidecarProcess>;
  /** Starts a sidecar of an end, which consumes everything. */
  readonly startEnd: (actor: string) => Promise<SidecarProcess>;
  /** Sends envelopes to the actor. */
  readonly send: (payloads: readonly object[]) => Promise<void>;
  /** Follows these sidecars, and reads them every 200 ms. */
  readonly observe: (sidecars: readonly SidecarProcess[]) => ObservedPipeline;
}

export interface ObservedPipeline {
  readonly pipeline: LivePipeline;
  readonly actor: (name: string) => Actor | undefined;
  /** Resolves with the pipeline that meets the condition. */
  readonly shows: (
    condition: (pipeline: Pipeline) => boolean,
    description: string,
  ) => Promise<void>;
}

/** Replies to a payload `{"fail": true}` with an error that is retried. */
const SCRIPT: Script = (payload) =>
  payload.includes('fail') ? '{"error":"e","message":"boom","retryable":true}' : '{"ok":true}';

/** @param broker the variables of the broker */
export async function openPipelineStage(t: TestContext, broker: Variables): Promise<PipelineStage> {
  const run = randomUUID().slice(0, 8);
  const names = { actor: `infer-${run}`, happyEnd: `happy-${run}`, errorEnd: `error-${run}` };
  const socketPath = await temporarySocketPath(t);
  const runtime = await startScriptedRuntime(socketPath, SCRIPT);
  // In the reverse order: a sidecar must end before its runtime and its transport.
  const closers = [() => runtime.stop()];
  t.after(async () => {
    for (const close of closers.toReversed()) await close();
  });
  const variables = {
    ...broker,
    ASYA_ACTOR_HAPPY_END: names.happyEnd,
    ASYA_ACTOR_ERROR_END: names.errorEnd,
    ASYA_SOCKET_DIR: dirname(socketPath),
    ASYA_RETRY_BACKOFF: '1h',
  };
  const start = async (more: Variables): Promise<SidecarProcess> => {
    const sidecar = await startSidecarProcess({ ...variables, ...more });
    closers.push(() => sidecar.close());
    await sidecar.ready();
    return sidecar;
  };
  const { config } = readConfig({ ...variables, ASYA_ACTOR_NAME: names.actor });
  // The first process to open a SQLite database declares its queues.
  const topology = { ...names, retryDelaysMs: config.retry.backoffMs };
  const transport = await openTransport({ config, topology, onState() {}, log: silentLog });
  closers.push(() => transport.close());
  return {
    names,
    startActor: (more = {}) => start({ ASYA_ACTOR_NAME: names.actor, ...more }),
    startEnd: (actor) => start({ ASYA_ACTOR_NAME: actor, ASYA_RUNTIME_PROTOCOL: 'none' }),
    send: (payloads) => sendTo(transport, names.actor, payloads),
    observe(sidecars) {
      const { stop, ...observed } = observe(sidecars, { config, transport, names });
      closers.push(stop);
      return observed;
    },
  };
}

async function sendTo(
  transport: Transport,
  actor: string,
  payloads: readonly object[],
): Promise<void> {
  for (const payload of payloads) {
    const envelope = { id: randomUUID(), route: { actors: [actor], current: 0 }, payload };
    const body = Buffer.from(JSON.stringify(envelope));
    await transport.send(actor, { body, headers: { [TRANSPORT_HEADER.publishedAt]: Date.now() } });
  }
}

interface Observed {
  readonly config: Config;
  readonly transport: InspectableTransport;
  readonly names: PipelineStage['names'];
}

function observe(
  sidecars: readonly SidecarProcess[],
  { config, transport, names }: Observed,
): ObservedPipeline & { readonly stop: () => Promise<void> } {
  const graph = new ActorGraph([names.happyEnd, names.errorEnd]);
  const hops = new FollowedHops({
    addresses: sidecars.map(({ url }) => parseSidecarAddress(url)),
    resolve: async () => ['127.0.0.1'],
    readToken: () => undefined,
    onHop: (hop) => graph.addHop(hop),
  });
  const pipeline = new LivePipeline({
    config,
    graph,
    transport: () => transport,
    log: silentLog,
    sidecars: () => hops.sidecars,
    scrapeIntervalMs: 200,
    countIntervalMs: 200,
  });
  hops.start();
  pipeline.start();
  return {
    pipeline,
    actor: (name) => pipeline.snapshot().actors.find((actor) => actor.name === name),
    shows: (condition, description) => until(() => condition(pipeline.snapshot()), description),
    async stop() {
      hops.stop();
      pipeline.stop();
    },
  };
}
