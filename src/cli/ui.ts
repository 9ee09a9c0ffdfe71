import { once } from 'node:events';
import type { Config } from '../config/config.ts';
import { defineCommand, type CommandContext } from './command/command.ts';
import { readCommandConfig } from './command/config.ts';
import { EXIT } from './command/exit.ts';
import { resolveHost } from './tail/access/resolveEndpoints.ts';
import { parseSidecarAddress } from './tail/access/sidecarAddress.ts';
import { createTokenReader } from './tail/access/tokenFile.ts';
import { printable } from './terminal/printable.ts';
import { Errors } from './ui/errors/errors.ts';
import { FollowedHops, type FollowedHopsOptions } from './ui/hops/followedHops.ts';
import { createHopsRoutes } from './ui/hops/hopsRoutes.ts';
import { createJourneyRoutes } from './ui/journey/journeyRoutes.ts';
import { PublishedEnvelopes } from './ui/journey/publishedEnvelopes.ts';
import { TraceFiles } from './ui/journey/traces/traceFiles.ts';
import { ActorGraph } from './ui/pipeline/actorGraph.ts';
import { LivePipeline } from './ui/pipeline/livePipeline.ts';
import { createPipelineRoutes } from './ui/pipeline/pipelineRoutes.ts';
import { createSendRoute } from './ui/send/sendRoute.ts';
import type { Route } from './ui/server/routes/route.ts';
import { createSessionRoute, type SessionOptions } from './ui/server/session.ts';
import { readServerSettings } from './ui/server/settings.ts';
import { openUiServer } from './ui/server/uiServer.ts';
import { UiTransport } from './ui/server/uiTransport.ts';

/** The number of journeys of trace files whose actors the pipeline shows. */
const TRACED_JOURNEYS = 50;

export const uiCommand = defineCommand({
  name: 'ui',
  summary: 'serves a page that shows the pipeline and handles failed messages',
  description: [
    `Serves a page for a browser on this machine, and prints its address: the actors and their
    queues, the failed messages, the journeys and the hops. Failed messages can be replayed, discarded
    and exported, and envelopes sent. Ctrl-C ends it.`,
    `The page uses the broker or the SQLite database of the configuration. Hops, rates and readiness need
    --sidecars; waterfalls need --traces. The page works without a source, and names it.`,
    `The address contains a token, which is created at each start. A server that listens on another
    address than that of the loopback interface needs --token-file, and --tls-cert with --tls-key or
    --behind-proxy.`,
    'Example: asya-sidecar ui --sidecars :8080 infer.default:8080 --traces traces/*.jsonl',
  ],
  options: {
    listen: {
      type: 'string',
      value: 'ADDRESS',
      doc: `Listens on HOST:PORT, 127.0.0.1:8090 by default. Port 0 lets the operating system
        choose.`,
    },
    sidecars: {
      type: 'string',
      value: 'ADDRESS',
      multiple: true,
      takesMany: true,
      doc: `The sidecars, as the command tail takes them: HOST, HOST:PORT or :PORT. A host name
        that resolves to several addresses means all of them.`,
    },
    'hops-token-file': {
      type: 'string',
      value: 'FILE',
      doc: 'A file with the bearer token of the sidecars, read at each connection.',
    },
    traces: {
      type: 'string',
      value: 'FILE',
      multiple: true,
      takesMany: true,
      doc: 'Files of spans, as the command trace reads them. They are followed as they grow.',
    },
    'read-only': { type: 'boolean', doc: 'Refuses each request that changes a queue.' },
    'archive-folder': {
      type: 'string',
      value: 'FOLDER',
      doc: `The folder for the archives of discarded messages. Default: the working directory.`,
    },
    'token-file': {
      type: 'string',
      value: 'FILE',
      doc: `A file with the token of the page: at least 16 printable characters without spaces. It
        is not printed.`,
    },
    'tls-cert': { type: 'string', value: 'FILE', doc: 'The certificate (PEM) for HTTPS.' },
    'tls-key': { type: 'string', value: 'FILE', doc: 'The key (PEM) of the certificate.' },
    'behind-proxy': {
      type: 'boolean',
      doc: `A proxy receives the requests of the browsers over HTTPS. It must accept requests for
        its own names only, unless --origin is given.`,
    },
    origin: {
      type: 'string',
      value: 'URL',
      doc: `The address that browsers open, such as https://asya.example.com, if it is not that of
        --listen.`,
    },
    jaeger: { type: 'string', value: 'URL', doc: 'Links journeys to Jaeger.' },
    tempo: { type: 'string', value: 'URL', doc: "Links traces to Tempo's HTTP API." },
    grafana: {
      type: 'string',
      value: 'URL',
      doc: 'Links journeys to the dashboard Journeys and to Explore in Grafana.',
    },
    'tempo-uid': {
      type: 'string',
      value: 'UID',
      doc: 'The uid of the Tempo data source in Grafana, for links to Explore. Default: tempo.',
    },
  },
  async run(args, context) {
    const config = readCommandConfig(context.environment);
    const { links, addressLine, ...settings } = readServerSettings(args);
    const follow = readFollowing(args.valuesOf('sidecars'), args.valueOf('hops-token-file'));
    const transport = new UiTransport({ config, context });
    const { terminal, log, stopped } = context;
    const archiveFolder = args.valueOf('archive-folder') ?? '.';
    const published = new PublishedEnvelopes();
    const errors = new Errors({
      config,
      context,
      archiveFolder,
      onReplayed: (it) => published.add(it),
    });
    const files = args.valuesOf('traces');
    const traces = files.length === 0 ? undefined : new TraceFiles({ files });
    const graph = new ActorGraph([config.happyEnd, config.errorEnd]);
    const hops = new FollowedHops({ ...follow, onHop: (hop) => graph.addHop(hop) });
    const pipeline = createPipeline(graph, { config, transport, hops, errors, traces });
    const session = { config, isReadOnly: settings.isReadOnly, links, transport, traces };
    const rooms = { errors, traces, published, hops, pipeline, context };
    const routes = createRoutes(session, rooms);
    const followed = [hops, pipeline, ...(traces === undefined ? [] : [traces])];
    for (const source of followed) source.start();
    try {
      const report = (line: string): void => terminal.err(`${printable(line)}\n`);
      const server = await openUiServer({ ...settings, routes, report, log });
      terminal.out(`${addressLine(server.port)}\n`);
      await untilStopped(stopped);
      await server.close();
    } finally {
      for (const source of followed) source.stop();
      await transport.close();
    }
    return EXIT.done;
  },
});

interface PipelineSources extends Pick<Rooms, 'hops' | 'errors' | 'traces'> {
  readonly config: Config;
  readonly transport: UiTransport;
}

/** @param graph has the actors of the hops */
function createPipeline(
  graph: ActorGraph,
  { config, transport, hops, errors, traces }: PipelineSources,
): LivePipeline {
  const traced = (): readonly string[] =>
    (traces?.store.newest(TRACED_JOURNEYS) ?? []).flatMap(({ actors }) => actors);
  return new LivePipeline({
    config,
    graph,
    transport: () => transport.current,
    sidecars: () => hops.sidecars,
    otherParts: () => [errors.named(), { actors: traced(), edges: [] }],
  });
}

/** All routes of the page. */
function createRoutes(
  session: SessionOptions,
  { errors, traces, published, hops, pipeline, context }: Rooms,
): readonly Route[] {
  const { config } = session;
  return [
    createSessionRoute({ ...session, sidecars: pipeline }),
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

interface Rooms {
  readonly errors: Errors;
  readonly traces: TraceFiles | undefined;
  readonly published: PublishedEnvelopes;
  readonly hops: FollowedHops;
  readonly pipeline: LivePipeline;
  readonly context: CommandContext;
}

/**
 * Reads the options of the sidecars.
 * @throws {UsageError}
 * @throws {CommandError} for a token file that cannot be used
 */
function readFollowing(
  sidecars: readonly string[],
  tokenFile: string | undefined,
): FollowedHopsOptions {
  const addresses = sidecars.map(parseSidecarAddress);
  const readToken = createTokenReader('hops-token-file', tokenFile);
  readToken();
  return { addresses, resolve: resolveHost, readToken };
}

async function untilStopped(stopped: CommandContext['stopped']): Promise<void> {
  if (!stopped.aborted) await once(stopped, 'abort');
}
