import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { test } from 'node:test';

/**
 * The layout of `src/` and `telemetry/`: a folder is a room with one job. The files that other
 * rooms import are public; `src/main.ts` and `src/program.ts` compose the rooms and may import any
 * file.
 */
const ROOT = new URL('../', import.meta.url).pathname;
const COMPOSITION = new Set(['src/main.ts', 'src/program.ts']);
const SOURCES = globSync('{src,telemetry}/**/*.ts', { cwd: ROOT }).map((file) => ({
  file,
  text: readFileSync(`${ROOT}${file}`, 'utf8'),
}));

/** The rooms that each room of `src/` imports, in addition to the files at the root of `src/`. */
const IMPORTS: Readonly<Record<string, readonly string[]>> = {
  envelope: [],
  config: ['envelope'],
  transport: ['config'],
  runtime: ['envelope'],
  hop: ['envelope', 'runtime', 'transport'],
  sidecar: ['envelope', 'hop', 'runtime', 'transport'],
  lifecycle: ['config', 'sidecar'],
  cli: ['config', 'envelope', 'hop', 'lifecycle', 'runtime', 'transport'],
};

const PUBLIC: Readonly<Record<string, readonly string[]>> = {
  'src/cli/archive': ['archiveOutput', 'archivedMessages', 'lineArchive'],
  'src/cli/check': ['callRuntime', 'checkCollector', 'checkReport', 'checkRuntime'],
  'src/cli/command': ['command', 'config', 'exit', 'signals', 'usage'],
  'src/cli/connection': ['commandTransport'],
  'src/cli/errorQueue': ['errorQueue', 'filter', 'lookAtErrors', 'queueReport', 'takeErrors'],
  'src/cli/errors': ['errorsCommand'],
  'src/cli/failures': ['errorJson', 'failedForm', 'failedMessage', 'groups', 'producerProperties'],
  'src/cli/input': ['documents', 'durationOption', 'lines', 'logEntry', 'timeOption'],
  'src/cli/ledger': ['ledger', 'logLines', 'readMessage', 'reconcile', 'report'],
  'src/cli/replies': ['answer', 'journeyTracker', 'openReplies', 'replyTo', 'waitForAnswers'],
  'src/cli/send': ['headerOptions', 'printedSend', 'printedWait', 'readEnvelopes'],
  'src/cli/send/publish': ['newEnvelope', 'openForSending', 'sendAndWait', 'sendEnvelopes'],
  'src/cli/peek': ['peekOutput', 'peekReport'],
  'src/cli/queue': ['messageJson', 'openForTaking', 'readQueue', 'sendError', 'sources'],
  'src/cli/queue/drain': ['decidedMessages', 'drainQueue'],
  'src/cli/replay': ['rate', 'replay', 'replayQueue', 'restore'],
  'src/cli/replay/command': ['options', 'replayFile', 'replayQueue', 'replayRun'],
  'src/cli/replay/edits': ['editOptions', 'edits', 'jsonValue'],
  'src/cli/report': ['fitIds', 'repetitions'],
  'src/cli/tail': ['fleet', 'hopLine', 'hopRecord'],
  'src/cli/tail/access': ['connectionError', 'resolveEndpoints', 'sidecarAddress', 'tokenFile'],
  'src/cli/terminal': ['jsonLines', 'lineOutput', 'printable', 'table', 'terminal'],
  'src/cli/trace': ['duration', 'journeyFilter', 'journeyOutput', 'readJourneys', 'shortId'],
  'src/cli/trace/journeys': ['journey', 'pending', 'spanGraph', 'steps'],
  'src/cli/trace/log': ['hopLine', 'hopLineCollector', 'logSpans'],
  'src/cli/trace/spans': ['attributes', 'otlp', 'spanCollector', 'spanReader', 'stringPool'],
  'src/cli/ui': ['options', 'rooms'],
  'src/cli/ui/hops': ['changes', 'contract', 'followedHops', 'hopsRoutes'],
  'src/cli/ui/pipeline': ['actorGraph', 'livePipeline', 'pipelineRoutes'],
  'src/cli/ui/journey': ['journeyRoutes', 'publishedEnvelopes'],
  'src/cli/ui/journey/rows': ['journeyAnswer', 'steps', 'summary'],
  'src/cli/ui/journey/traces': ['traceFiles'],
  'src/cli/ui/send': ['sendRoute'],
  'src/cli/ui/server': ['contract', 'session', 'settings', 'uiServer', 'uiTransport'],
  'src/cli/ui/server/http': ['answer', 'apiHandler', 'staticFiles'],
  'src/cli/ui/server/routes': ['fields', 'refuseUnknown', 'requestError', 'route', 'routeTable'],
  'src/cli/ui/server/security': ['access', 'ownAddress', 'securityHeaders'],
  'src/cli/ui/errors': ['errors'],
  'src/cli/ui/errors/actions': ['discardSelection', 'exportSelection', 'replaySelection'],
  'src/cli/ui/errors/index': [
    'errorIndex',
    'indexFilter',
    'indexGroups',
    'messageIdentity',
    'namedActors',
  ],
  'src/cli/ui/errors/requests': ['readFilter', 'readReplay', 'readSelection'],
  'src/config': ['config', 'schema', 'table', 'traceFile'],
  'src/config/formats': ['address', 'brokerUrls', 'duration', 'formats', 'size'],
  'src/config/runtime': ['runtimeConfig', 'runtimeRules', 'runtimeUrl', 'runtimeVariables'],
  'src/envelope': ['actorName', 'edit', 'envelope', 'envelopeError', 'headers'],
  'src/envelope/json': ['json', 'jsonError', 'knownKeys'],
  'src/hop': ['hop', 'readHop', 'rejection', 'retry', 'undelivered'],
  'src/hop/failure': ['errorEnvelope', 'errorHeaders', 'errorReport'],
  'src/lifecycle': ['http', 'shutdown', 'version'],
  'src/runtime': ['open', 'runtime'],
  'src/runtime/batch': ['batchRoom', 'deliveries', 'gathering', 'joinCalls'],
  'src/runtime/connection': ['codec', 'connection', 'pool', 'socketConnection'],
  'src/runtime/framed': ['framed'],
  'src/runtime/http': ['batchLists', 'http'],
  'src/runtime/http/errorBody': ['bodyText', 'errorBody', 'html'],
  'src/runtime/limits': ['slots', 'timeLimit'],
  'src/runtime/payloads': ['payloads'],
  'src/runtime/readiness': [
    'availabilityLog',
    'endpointCheck',
    'mergedStates',
    'readinessProbe',
    'readyFile',
  ],
  'src/runtime/reply': ['batchReply', 'callReply', 'envelopeReply', 'failedReply', 'payloadReply'],
  'src/runtime/socket': ['connect', 'connectError', 'endpoint', 'runtimeSocket', 'systemError'],
  'src/sidecar': ['deliver', 'encodeDispatch', 'health'],
  'src/sidecar/breaker': ['circuitBreaker'],
  'src/sidecar/rateLimit': ['rateLimiter', 'ratePause'],
  'src/transport': ['message', 'messageProperties', 'open', 'queues', 'transport'],
  'src/transport/check': ['checkTransport'],
  'src/transport/inspection': ['inspectableTransport', 'queueReader'],
  'src/transport/memory': ['broker', 'memory'],
  'src/transport/rabbitmq': ['rabbitmq'],
  'src/transport/rabbitmq/check': ['checkBroker'],
  'src/transport/rabbitmq/connection': [
    'connect',
    'lifetime',
    'reconnectingConnection',
    'reply',
    'socket',
  ],
  'src/transport/rabbitmq/consumer': [
    'consumer',
    'deadLetter',
    'delivery',
    'replyQueue',
    'republish',
  ],
  'src/transport/rabbitmq/properties': ['decodableHeaders', 'headerFrame', 'properties'],
  'src/transport/rabbitmq/publisher': ['copyPublisher', 'publisher'],
  'src/transport/rabbitmq/reader': ['channelTake', 'lookAtQueue', 'queueCounts'],
  'src/transport/rabbitmq/topology': [
    'checkTopology',
    'classicQueues',
    'compatibility',
    'plan',
    'reconciler',
  ],
  'src/transport/sqlite': ['checkDatabase', 'sqlite'],
  'telemetry/context': ['hopContext', 'passThrough', 'propagation', 'spanParent'],
  'telemetry/hops': ['hopFeed', 'hopsHandler'],
  'telemetry/logs': ['diagnostics', 'logging'],
  'telemetry/metrics': ['measuring', 'metricRegistry', 'metricsHandler'],
  'telemetry/sdk': ['sdk', 'sdkState'],
  'telemetry/spans': ['amqplib', 'clockedSpans', 'hopSpans', 'tracing'],
};

const MAX_PUBLIC_FILES = 5;

interface Import {
  readonly from: string;
  readonly to: string;
}

const IMPORT = /(?:\bfrom |\bimport\()'(\.[^']+)'/g;

function importsIn(filter: (file: string) => boolean): Import[] {
  return SOURCES.filter(({ file }) => filter(file)).flatMap(({ file, text }) =>
    [...text.matchAll(IMPORT)].map(([, path = '']) => ({
      from: file,
      to: normalize(join(dirname(file), path)),
    })),
  );
}

/** The room of a file of `src/`; undefined for a file at its root. */
function roomOf(file: string): string | undefined {
  return /^src\/(\w+)\//.exec(file)?.[1];
}

test('the rooms of src import only the rooms below them', () => {
  for (const [room, allowed] of Object.entries(IMPORTS)) {
    const imported = importsIn((file) => roomOf(file) === room)
      .map(({ to }) => roomOf(to))
      .filter((name) => name !== undefined && name !== room);
    const forbidden = imported.filter((name) => name !== undefined && !allowed.includes(name));
    assert.deepEqual([...new Set(forbidden)], [], `src/${room}`);
  }
});

test('the files at the root of src import no room', () => {
  const roots = importsIn((file) => /^src\/\w+\.ts$/.test(file) && !COMPOSITION.has(file));
  const rooms = roots.filter(({ to }) => roomOf(to) !== undefined);
  assert.deepEqual(rooms, []);
});

test('src does not import telemetry; only the composition root does', () => {
  const imports = /(?:from|import\() ?'(?:@opentelemetry\/|[./]*telemetry\/)/;
  const importers = SOURCES.filter(
    ({ file, text }) => file.startsWith('src/') && imports.test(text),
  );
  assert.deepEqual(
    importers.map(({ file }) => file).filter((file) => !COMPOSITION.has(file)),
    [],
  );
});

test('other rooms import only the public files of a room, at most five', () => {
  const found: Record<string, Set<string>> = {};
  for (const { from, to } of importsIn((file) => !COMPOSITION.has(file))) {
    const room = dirname(to);
    const isOutside = dirname(from) !== room && !from.startsWith(`${room}/`);
    if (!isOutside || room === 'src' || room === 'telemetry') continue;
    (found[room] ??= new Set()).add(to.slice(room.length + 1, -'.ts'.length));
  }
  const sorted = Object.fromEntries(
    Object.entries(found).map(([room, files]) => [room, [...files].toSorted()]),
  );
  assert.deepEqual(sorted, { ...PUBLIC });
  for (const [room, files] of Object.entries(PUBLIC)) {
    assert.ok(files.length <= MAX_PUBLIC_FILES, `${room} has ${files.length} public files`);
  }
});

test('no file re-exports the exports of another one', () => {
  const reexports = SOURCES.filter(({ text }) => /^export (?:\*|\{[^}]*\}) from /m.test(text));
  assert.deepEqual(
    reexports.map(({ file }) => file),
    [],
  );
});

test('transport adapters are loaded by dynamic imports only', () => {
  const adapters = /\bfrom '[./]*transport\/(?:memory|sqlite|rabbitmq)\//;
  const importers = SOURCES.filter(
    ({ file, text }) => !file.startsWith('src/transport/') && adapters.test(text),
  );
  assert.deepEqual(
    importers.map(({ file }) => file),
    [],
  );
});

test('the environment is read in one place', () => {
  const readers = SOURCES.filter(({ text }) => /process\.env/.test(text)).map(({ file }) => file);
  const allowed = new Set([...COMPOSITION, 'telemetry/register.ts']);
  assert.deepEqual(
    readers.filter((file) => !allowed.has(file)),
    [],
  );
});

test('a port has at most five methods', () => {
  for (const file of [
    'src/transport/transport.ts',
    'src/transport/inspection/queueReader.ts',
    'src/runtime/runtime.ts',
  ]) {
    const text = readFileSync(`${ROOT}${file}`, 'utf8');
    const ports = [...text.matchAll(/^export interface (\w+) \{\n([\s\S]*?)^\}/gm)];
    assert.ok(ports.length > 0);
    for (const [, name, body = ''] of ports) {
      assert.ok([...body.matchAll(/^ {2}\w+\(/gm)].length <= 5, `${file}: ${name}`);
    }
  }
});
