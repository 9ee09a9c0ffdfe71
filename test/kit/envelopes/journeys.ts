import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { context, ROOT_CONTEXT } from '@opentelemetry/api';
import { suppressTracing } from '@opentelemetry/core';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { compose } from '../../../src/compose.ts';
import { openService } from '../../../src/main.ts';
import { createDeliver, type Deliver } from '../../../src/sidecar/deliver.ts';
import type { Publish } from '../../../src/sidecar/encodeDispatch.ts';
import { Health, problemsOf } from '../../../src/sidecar/health.ts';
import type { Headers } from '../../../src/transport/message.ts';
import type { Transport } from '../../../src/transport/transport.ts';
import { HOUR, SECOND } from '../../../src/units.ts';
import { createTelemetry } from '../../../telemetry/telemetry.ts';
import type { TelemetryOptions } from '../../../telemetry/telemetryOptions.ts';
import type { RecordedSdk } from '../telemetry/recordedSdk.ts';
import type { OpenTransport } from '../rigs/rig.ts';
import { testConfig } from '../rigs/testConfig.ts';
import { startScriptedRuntime, type Script } from '../runtimes/scriptedRuntime.ts';
import { drawSpans } from '../telemetry/spanTree.ts';
import { until, within } from '../processes/until.ts';
import { unixEndpoint } from '../runtimes/endpoints.ts';

export interface JourneysOptions {
  readonly sdk: RecordedSdk;
  readonly system: TelemetryOptions['transport'];
  readonly open: OpenTransport;
  /** The runtime of each actor. */
  readonly actors: Readonly<Record<string, Script>>;
  readonly telemetry?: Partial<TelemetryOptions>;
}

export interface SendOptions {
  /** Message headers. With them, the producer has no telemetry. */
  readonly headers?: Headers;
  /** Fields that are added to the envelope or replace its defaults. */
  readonly envelope?: object;
}

/** Several sidecars with runtimes and both ends in one process, whose spans form one tree. */
export interface Journeys {
  /** Sends an envelope along a route. */
  send(route: readonly string[], options?: SendOptions): Promise<void>;
  /** Resolves with all spans when `envelopes` have reached an end. */
  finished(envelopes: number): Promise<ReadableSpan[]>;
  /** Draws the spans as a tree, with actor names without the suffix of this run. */
  draw(spans: readonly ReadableSpan[], attributes?: readonly string[]): string;
  /** Removes the suffix of this run from a text. */
  readonly plain: (text: string) => string;
}

const RETRY_DELAYS_MS = [30];
const RETRY = {
  maxAttempts: 2,
  backoffMs: RETRY_DELAYS_MS,
  errors: ['Transient'],
  maxDeferrals: 2,
};

export async function openJourneys(t: TestContext, options: JourneysOptions): Promise<Journeys> {
  const run = randomUUID().slice(0, 8);
  const named = (actor: string): string => `${actor}-${run}`;
  const directory = await mkdtemp(join(tmpdir(), 'asya-journeys-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  const shared: Shared = { ...options, t, named, directory };

  const [producer] = await Promise.all([
    openProducer(shared),
    openActor(shared, 'happy-end', undefined),
    openActor(shared, 'error-end', undefined),
    ...Object.entries(options.actors).map(([actor, script]) => openActor(shared, actor, script)),
  ]);

  const plain = (text: string): string => text.replaceAll(`-${run}`, '');
  const spans: ReadableSpan[] = [];
  const ends = (): number =>
    spans.filter(({ attributes }) => attributes['asya.outcome'] === 'end').length;
  options.sdk.takeSpans();
  return {
    plain,
    async send(route, options) {
      await within(sendFrom(producer, route.map(named), options), 'send');
    },
    async finished(envelopes) {
      await until(() => {
        // A broker may deliver before it confirms, so the last open span may not be an end's.
        spans.push(...options.sdk.takeSpans());
        return ends() >= envelopes && options.sdk.openSpans() === 0;
      }, `${envelopes} envelopes at an end`);
      return spans;
    },
    draw: (drawn, attributes) => plain(drawSpans(drawn, attributes)),
  };
}

interface Shared extends JourneysOptions {
  readonly t: TestContext;
  readonly named: (actor: string) => string;
  readonly directory: string;
}

function telemetryOf({ system, named, telemetry }: Shared, actor: string): TelemetryOptions {
  return {
    actor: named(actor),
    version: '0.0.0',
    transport: system,
    happyEnd: named('happy-end'),
    errorEnd: named('error-end'),
    end: actor === 'happy-end' || actor === 'error-end' ? actor : undefined,
    concurrency: 1,
    runtimeProtocol: 'payload',
    runtimeAddress: { transport: 'unix', path: '/var/run/asya/asya-runtime.sock' },
    namespace: 'asya_actor',
    maxGapMs: HOUR,
    maxFanout: 100,
    logLevel: process.env['ASYA_TEST_LOG'] ?? 'silent',
    logFormat: 'json',
    health: new Health(),
    ...telemetry,
  };
}

interface Producer {
  readonly plain: Transport;
  readonly traced: Deliver;
}

function sendFrom(
  { plain, traced }: Producer,
  actors: readonly string[],
  { headers, envelope = {} }: SendOptions = {},
): Promise<unknown> {
  const fields = { id: 'env-1', route: { actors, current: 0 }, payload: 0, ...envelope };
  const body = Buffer.from(JSON.stringify(fields));
  const [queue = ''] = actors;
  if (headers === undefined) return traced(publishOf(queue, body));
  const withoutTracing = suppressTracing(ROOT_CONTEXT);
  return context.with(withoutTracing, () => plain.send(queue, { body, headers }));
}

async function openProducer(shared: Shared): Promise<Producer> {
  const { t, open, named } = shared;
  const ends = { happyEnd: named('happy-end'), errorEnd: named('error-end') };
  const plain = await open({ actor: named('producer'), ...ends, retryDelaysMs: [] }, () => {});
  t.after(() => plain.close());
  const { tracePublishes } = createTelemetry(telemetryOf(shared, 'producer'));
  return { plain, traced: compose(tracePublishes ? [tracePublishes] : [], createDeliver(plain)) };
}

function publishOf(to: string, body: Buffer): Publish {
  const ids = { envelopeId: 'env-1', parentId: undefined, journeyId: 'env-1' };
  return { to, kind: 'next', message: { body, headers: {} }, delayMs: 0, ...ids, fanoutSize: 1 };
}

async function openActor(shared: Shared, actor: string, script: Script | undefined): Promise<void> {
  const { t, open, directory, system } = shared;
  const options = telemetryOf(shared, actor);
  const telemetry = createTelemetry(options);
  const socketPath = join(directory, `${actor}.sock`);
  if (script !== undefined) {
    const scripted = await startScriptedRuntime(socketPath, script);
    t.after(() => scripted.stop());
  }
  const { actor: name, happyEnd, errorEnd, health } = options;
  const protocol = script === undefined ? 'none' : 'payload';
  const { sidecar, close } = await openService({
    config: testConfig({
      actor: name,
      happyEnd,
      errorEnd,
      transport: system,
      isEnd: script === undefined,
      runtime: {
        protocol,
        endpoint: unixEndpoint(socketPath),
        maxReplyBytes: 1_000_000,
        timeoutMs: 5 * SECOND,
      },
      retry: RETRY,
    }),
    telemetry,
    health,
    openTransport: ({ topology, onState }) => open(topology, onState),
  });
  await until(() => problemsOf(health).length === 0, `${actor} ready`);
  t.after(async () => {
    await sidecar.drain(2 * SECOND);
    await close();
    await telemetry.shutdown(0);
  });
}
