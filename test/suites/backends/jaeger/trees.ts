import { sortDrawing } from '../../../kit/telemetry/jaegerTree.ts';
import { drawing } from '../../../kit/telemetry/spanTree.ts';

/** The tags in the drawings of journeys, in their order. */
export const SHOWN_TAGS = [
  'asya.dispatch.kind',
  'asya.attempt',
  'asya.outcome',
  'asya.outcome.reason',
  'asya.fanout.size',
  'asya.end',
  'asya.reply.reused',
  'asya.call.alone',
  'error.type',
];

/** What happens in each kind of journey, as the tree of its spans. */
const TREES = {
  forward: drawing(`
    prep: process prep · attempt=1 · outcome=forward
      prep: call prep · attempt=1
      prep: publish infer · kind=next
        infer: process infer · attempt=1 · outcome=forward
          infer: call infer · attempt=1
          infer: publish happy-end · kind=happy_end
            happy-end: process happy-end · attempt=1 · outcome=end · end=happy-end
  `),
  'fan-out': drawing(`
    infer: process infer · attempt=1 · outcome=fanout · size=4
      infer: call infer · attempt=1
      infer: publish prep · kind=fanout × 4
        prep: process prep · attempt=1 · outcome=forward
          prep: call prep · attempt=1
          prep: publish happy-end · kind=happy_end
            happy-end: process happy-end · attempt=1 · outcome=end · end=happy-end
  `),
  'wide fan-out': drawing(`
    infer: process infer · attempt=1 · outcome=fanout · size=12
      infer: call infer · attempt=1
    infer: publish prep · kind=fanout · link -> process infer × 12
      prep: process prep · attempt=1 · outcome=forward
        prep: call prep · attempt=1
        prep: publish happy-end · kind=happy_end
          happy-end: process happy-end · attempt=1 · outcome=end · end=happy-end
  `),
  'reply null': drawing(`
    infer: process infer · attempt=1 · outcome=empty
      infer: call infer · attempt=1
      infer: publish happy-end · kind=happy_end
        happy-end: process happy-end · attempt=1 · outcome=end · end=happy-end
  `),
  deferral: drawing(`
    infer: process infer · attempt=1 · outcome=retry
      infer: call infer · attempt=1 · type=runtime_error · red
      infer: publish infer · kind=retry
        infer: process infer · attempt=1 · outcome=forward
          infer: call infer · attempt=1
          infer: publish happy-end · kind=happy_end
            happy-end: process happy-end · attempt=1 · outcome=end · end=happy-end
  `),
  'retry, then success': drawing(`
    infer: process infer · attempt=1 · outcome=retry · type=runtime_error · red
      infer: call infer · attempt=1 · type=runtime_error · red
      infer: publish infer · kind=retry
        infer: process infer · attempt=2 · outcome=forward
          infer: call infer · attempt=2
          infer: publish happy-end · kind=happy_end
            happy-end: process happy-end · attempt=1 · outcome=end · end=happy-end
  `),
  'retries spent': drawing(`
    infer: process infer · attempt=1 · outcome=retry · type=runtime_error · red
      infer: call infer · attempt=1 · type=runtime_error · red
      infer: publish infer · kind=retry
        infer: process infer · attempt=2 · outcome=retry_spent · type=runtime_error · red
          infer: call infer · attempt=2 · type=runtime_error · red
          infer: publish error-end · kind=error_end
            error-end: process error-end · attempt=1 · outcome=end · end=error-end
              error-end: call error-end · attempt=1
  `),
  parked: drawing(`
    infer: process infer · attempt=1 · outcome=error_end · type=runtime_error · red
      infer: call infer · attempt=1 · type=runtime_error · red
      infer: publish error-end · kind=error_end
        error-end: process error-end · attempt=1 · outcome=retry · type=runtime_error · red
          error-end: call error-end · attempt=1 · type=runtime_error · red
          error-end: publish error-end · kind=retry
            error-end: process error-end · attempt=2 · outcome=parked · type=runtime_error · red
              error-end: call error-end · attempt=2 · type=runtime_error · red
              error-end: publish error-end:parked · kind=parked
  `),
  rejection: failedCall('runtime_error'),
  'time-out': failedCall('runtime_timeout'),
  'invalid reply': failedCall('reply_invalid'),
  'large reply': failedCall('reply_too_large'),
  'fan-out over the limit': drawing(`
    infer: process infer · attempt=1 · outcome=error_end · type=fanout_too_wide · red
      infer: call infer · attempt=1
      infer: publish error-end · kind=error_end
        error-end: process error-end · attempt=1 · outcome=end · end=error-end
          error-end: call error-end · attempt=1
  `),
  'deadline exceeded': rejectedMessage('deadline_exceeded'),
  'unreadable message': rejectedMessage('parse_error'),
  'message without a route': rejectedMessage('invalid_envelope'),
  'message for another actor': rejectedMessage('route_mismatch'),
  unroutable: drawing(`
    infer: process infer · attempt=1 · outcome=retry · type=unroutable · red
      infer: call infer · attempt=1
      infer: publish infer · kind=retry
        infer: process infer · attempt=2 · outcome=retry_spent · type=unroutable · red
          infer: publish error-end · kind=error_end
            error-end: process error-end · attempt=1 · outcome=end · end=error-end
              error-end: call error-end · attempt=1
          infer: publish nowhere · kind=next · type=unroutable · red
      infer: publish nowhere · kind=next · type=unroutable · red
  `),
  'forwarded resend': drawing(`
    infer: process infer · attempt=1 · outcome=retry · type=unroutable · red
      infer: call infer · attempt=1
      infer: publish infer · kind=retry
        infer: process infer · attempt=2 · outcome=forwarded
          infer: publish late · kind=next
      infer: publish late · kind=next · type=unroutable · red
  `),
  stale: drawing(`
    infer: process infer · attempt=1 · outcome=forward · link -> publish infer
      infer: call infer · attempt=1
      infer: publish happy-end · kind=happy_end
        happy-end: process happy-end · attempt=1 · outcome=end · end=happy-end
  `),
  replay: drawing(`
    infer: process infer · attempt=1 · outcome=error_end · type=runtime_error · red
      infer: call infer · attempt=1 · type=runtime_error · red
      infer: publish error-end · kind=error_end
    infer: process infer · attempt=1 · outcome=forward · link -> publish error-end
      infer: call infer · attempt=1
      infer: publish happy-end · kind=happy_end
        happy-end: process happy-end · attempt=1 · outcome=end · end=happy-end
  `),
  'crash in a batch': drawing(`
    prep: process prep · attempt=1 · outcome=retry · type=runtime_crashed · red
      prep: call prep · attempt=1 · type=runtime_crashed · red
      prep: call prep · attempt=1 · alone=true · type=runtime_crashed · red
      prep: publish prep · kind=retry
        prep: process prep · attempt=2 · outcome=retry_spent · type=runtime_crashed · red
          prep: call prep · attempt=2 · type=runtime_crashed · red
          prep: publish error-end · kind=error_end
            error-end: process error-end · attempt=1 · outcome=end · end=error-end
              error-end: call error-end · attempt=1
  `),
  'neighbour of a crash': drawing(`
    prep: process prep · attempt=1 · outcome=forward
      prep: call prep · attempt=1 · type=runtime_crashed · red
      prep: call prep · attempt=1 · alone=true
      prep: publish happy-end · kind=happy_end
        happy-end: process happy-end · attempt=1 · outcome=end · end=happy-end
  `),
  'one hop': drawing(`
    infer: process infer · attempt=1 · outcome=forward
      infer: call infer · attempt=1
      infer: publish happy-end · kind=happy_end
        happy-end: process happy-end · attempt=1 · outcome=end · end=happy-end
  `),
  'give-back': drawing(`
    infer: process infer · attempt=1 · outcome=forward
      infer: call infer · attempt=1
      infer: publish happy-end · kind=happy_end
        happy-end: process happy-end · attempt=1 · outcome=end · end=happy-end
  `),
  'joined redelivery': drawing(`
    infer: process infer · attempt=1 · outcome=forward
      infer: call infer · attempt=1
      infer: publish happy-end · kind=happy_end
        happy-end: process happy-end · attempt=1 · outcome=end · end=happy-end
    infer: process infer · attempt=1 · outcome=forward · reused=true
  `),
} as const satisfies Readonly<Record<string, string>>;

export type JourneyKind = keyof typeof TREES;

/** A hop that gave its message back, with a call to the absent runtime or without. */
const GIVE_BACK = 'infer: process infer · attempt=1 · outcome=give_back · reason=runtime_absent';
const GIVE_BACK_AFTER_CALL = `${GIVE_BACK}\n  infer: call infer · attempt=1 · type=runtime_absent · red`;

export interface ExpectedTreeOptions {
  readonly kind: JourneyKind;
  /** Whether the producer exports a span, which is the parent of the first hop. */
  readonly hasProducerSpan: boolean;
  /** How often infer, as the first actor, gave the message back. */
  readonly giveBacks: number;
  /** How many of them had called the runtime, because the sidecar had not noticed its absence. */
  readonly callsBefore: number;
}

/** Returns the drawing of a journey. A hop or a publish with a link starts a trace. */
export function expectedTree(options: ExpectedTreeOptions): string {
  const { kind, hasProducerSpan, giveBacks, callsBefore } = options;
  const givenBack = Array.from({ length: giveBacks }, (_, index) =>
    index < callsBefore ? GIVE_BACK_AFTER_CALL : GIVE_BACK,
  );
  const tree = [TREES[kind], ...givenBack].join('\n');
  if (!hasProducerSpan) return sortDrawing(tree);
  const roots = tree.split(/\n(?=\S)/);
  const [, actor = ''] = /^(\S+):/.exec(tree) ?? [];
  const isLinked = (root: string): boolean => /^.*link ->/.test(root);
  const below = roots.filter((root) => !isLinked(root)).map((root) => root.replaceAll(/^/gm, '  '));
  return sortDrawing([`shop: publish ${actor}`, ...below, ...roots.filter(isLinked)].join('\n'));
}

function failedCall(code: string): string {
  return drawing(`
    infer: process infer · attempt=1 · outcome=error_end · type=${code} · red
      infer: call infer · attempt=1 · type=${code} · red
      infer: publish error-end · kind=error_end
        error-end: process error-end · attempt=1 · outcome=end · end=error-end
          error-end: call error-end · attempt=1
  `);
}

function rejectedMessage(code: string): string {
  return drawing(`
    infer: process infer · attempt=1 · outcome=error_end · type=${code} · red
      infer: publish error-end · kind=error_end
        error-end: process error-end · attempt=1 · outcome=end · end=error-end
          error-end: call error-end · attempt=1
  `);
}
