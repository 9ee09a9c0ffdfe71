import assert from 'node:assert/strict';
import { readRequest, type TracedSpan } from '../../../../src/cli/trace/spans/otlp.ts';
import type { Hop } from '../../../../src/cli/ui/hops/contract.ts';
import type {
  Journey,
  JourneyList,
  JourneyRequest,
  JourneyRow,
} from '../../../../src/cli/ui/journey/contract.ts';
import {
  createJourneyRoutes,
  type JourneyOptions,
} from '../../../../src/cli/ui/journey/journeyRoutes.ts';
import { PublishedEnvelopes } from '../../../../src/cli/ui/journey/publishedEnvelopes.ts';
import { SpanStore } from '../../../../src/cli/ui/journey/traces/spanStore.ts';
import { HopRing } from '../../../../src/cli/ui/hops/hopRing.ts';
import type { Answer } from '../../../../src/cli/ui/server/routes/route.ts';
import { hopSpan, otlpLine, type OtlpSpan } from '../../../kit/telemetry/otlpLines.ts';

const ENDS = { happyEnd: 'happy-end', errorEnd: 'error-end' };

/** The routes of journeys, on sources in memory. */
export function setupJourneys(options: Partial<JourneyOptions> = {}) {
  const store = new SpanStore();
  const ring = new HopRing();
  const published = new PublishedEnvelopes();
  const routes = createJourneyRoutes({
    traces: { store, sources: () => [{ file: 'traces.jsonl', journeys: 0 }] },
    hops: ring,
    failures: { failuresOf: async () => [] },
    published,
    ends: ENDS,
    ...options,
  });
  const call = async (path: string, body?: JourneyRequest): Promise<unknown> => {
    const route = routes.find((it) => it.path === path);
    assert.ok(route);
    const answer: Answer = await route.handle({
      parameter: () => '',
      query: new URLSearchParams(),
      body,
      closed: new AbortController().signal,
      note: () => {},
    });
    assert.equal(answer.kind, 'json');
    // As the page receives it.
    return JSON.parse(JSON.stringify(answer.kind === 'json' ? answer.value : undefined));
  };
  return {
    routes,
    ring,
    published,
    addSpans: (...spans: readonly OtlpSpan[]) => {
      for (const span of readSpans(...spans)) store.add(span, 'traces.jsonl');
    },
    addHops: (...hops: readonly Partial<Hop>[]) => {
      for (const hop of hops) ring.add({ ...HOP, ...hop, next: hop.next?.join(',') });
    },
    list: async () => (await call('/api/journeys')) as JourneyList,
    find: async (id: string, options: Partial<JourneyRequest> = {}) =>
      (await call('/api/journeys/find', { id, ...options })) as Journey,
  };
}

const HOP = {
  time: '2026-11-29T12:00:00.100Z',
  actor: 'infer',
  id: 'env-1',
  journey: 'env-1',
  outcome: 'forward',
  code: undefined,
  reason: undefined,
  attempt: 1,
  durationMs: 100,
  runtimeMs: 60,
};

function readSpans(...spans: readonly OtlpSpan[]): readonly TracedSpan[] {
  return readRequest(otlpLine(...spans)) ?? [];
}

/** A chain or tree of hops: the publish before each hop, the hop, and its call to the runtime. */
export class SpanTree {
  readonly spans: OtlpSpan[] = [];
  readonly #journey: string;

  constructor(journey = 'env-1') {
    this.#journey = journey;
  }

  /** Returns the id of the hop. */
  hop(
    actor: string,
    previous: string | undefined,
    [startMs, endMs]: readonly [number, number],
    {
      call = true,
      ...more
    }: Partial<OtlpSpan> & { readonly call?: boolean; readonly kind?: string } = {},
  ): string {
    const index = this.spans.length;
    const [publishId, spanId] = [`publish ${index}`, `hop ${index}`];
    if (previous !== undefined) {
      this.publish(actor, previous, startMs - 5, { spanId: publishId, kind: more.kind ?? 'next' });
    }
    const parentSpanId = previous === undefined ? '' : publishId;
    this.spans.push(
      hopSpan(this.#journey, actor, { spanId, parentSpanId, startMs, endMs, ...more }),
      ...(call
        ? [
            {
              spanId: `call ${index}`,
              parentSpanId: spanId,
              name: `call ${actor}`,
              startMs: startMs + 1,
              endMs: endMs - 1,
            },
          ]
        : []),
    );
    return spanId;
  }

  publish(
    to: string,
    hop: string,
    atMs: number,
    { spanId = `publish ${this.spans.length}`, kind = 'next' } = {},
  ): void {
    const attributes = { 'asya.dispatch.kind': kind };
    const name = `publish ${to}`;
    this.spans.push({ spanId, parentSpanId: hop, name, startMs: atMs, endMs: atMs, attributes });
  }
}

/** One line for each row: indentation, name, notes. */
export function outline(rows: readonly JourneyRow[]): readonly string[] {
  return rows.map(({ depth, name, kind, counts, via, attempt, outcome, child }) => {
    const notes = [
      kind === 'hop' ? undefined : kind,
      child === undefined ? undefined : `[${child}]`,
      outcome,
      via,
      attempt !== undefined && attempt > 1 ? `attempt ${attempt}` : undefined,
      counts && `${counts.all} rows, ${counts.failed} failed, ${counts.waiting} waiting`,
    ];
    return `${'  '.repeat(depth)}${[name, ...notes.filter((it) => it !== undefined)].join(' ')}`;
  });
}
