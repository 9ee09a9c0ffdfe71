import { messageOf } from '../../../faults.ts';
import { isRecord } from '../../../isRecord.ts';
import { MIB, MINUTE, SECOND } from '../../../units.ts';
import type { EndNames } from '../../trace/log/logSpans.ts';
import { Fields } from '../server/routes/fields.ts';
import { refuseUnknown } from '../server/routes/refuseUnknown.ts';
import { RequestError } from '../server/routes/requestError.ts';
import type { Route, RouteRequest } from '../server/routes/route.ts';
import type { Journey, JourneyList, JourneyRequest } from './contract.ts';
import type { FailureSource, FoundFailure } from './failureSource.ts';
import { describeJourney } from './rows/journeyAnswer.ts';
import { JourneyFinder, type HopSource, type LocatedJourney } from './journeyFinder.ts';
import type { PublishedEnvelopes } from './publishedEnvelopes.ts';
import { listSteps, outcomeOf } from './rows/steps.ts';
import { summarizeJourney } from './rows/summary.ts';
import type { TraceFiles } from './traces/traceFiles.ts';

export interface JourneyOptions {
  /** Absent without `--traces`. */
  readonly traces?: Pick<TraceFiles, 'store' | 'sources'> | undefined;
  /** Absent without `--sidecars`. */
  readonly hops?: HopSource | undefined;
  readonly failures: FailureSource;
  readonly published: Pick<PublishedEnvelopes, 'ofJourney'>;
  readonly ends: EndNames;
}

const MAX_JOURNEYS = 200;

/** An id may be as long as a message; longer ones than this are not looked for. */
const MAX_REQUEST_BYTES = MIB;

/** `GET /api/journeys` and `POST /api/journeys/find`. */
export function createJourneyRoutes(options: JourneyOptions): readonly Route[] {
  const journeys = new Journeys(options);
  return [
    {
      method: 'GET',
      path: '/api/journeys',
      handle: () => ({ kind: 'json', value: journeys.list() }),
    },
    {
      method: 'POST',
      path: '/api/journeys/find',
      maxBodyBytes: MAX_REQUEST_BYTES,
      handle: async (request) => ({ kind: 'json', value: await journeys.find(request) }),
    },
  ];
}

/** Finds journeys in all sources. */
class Journeys {
  readonly #options: JourneyOptions;
  readonly #finder: JourneyFinder;
  readonly #looks: FailureLooks;

  constructor(options: JourneyOptions) {
    const { traces, hops, ends, failures } = options;
    this.#options = options;
    this.#finder = new JourneyFinder({ spans: traces?.store, hops, ends });
    this.#looks = new FailureLooks(failures);
  }

  list(): JourneyList {
    return { journeys: this.#finder.newest(MAX_JOURNEYS), gaps: this.#sourceGaps() };
  }

  /** @throws {RequestError} */
  async find(request: RouteRequest): Promise<Journey> {
    const { id, isUnfolded, isPoll } = readJourneyRequest(request.body);
    const maxAgeMs = isPoll ? MINUTE : 2 * SECOND;
    const located = this.#finder.find(id);
    const published = this.#options.published.ofJourney(located?.journey.id ?? id);
    const look = needsLook(located)
      ? await this.#looks.find(
          located?.journey.id ?? id,
          { hops: hopsOf(located), maxAgeMs },
          request.closed,
        )
      : NO_FAILURES;
    const { failures, problem } = look;
    if (located === undefined && failures.length === 0 && published.length === 0) {
      throw new RequestError(404, this.#describeAbsence(id, problem));
    }
    const gaps = [...this.#journeyGaps(located), ...(problem === undefined ? [] : [problem])];
    const { ends } = this.#options;
    return describeJourney({ id, located, failures, published, gaps }, { isUnfolded, ends });
  }

  #describeAbsence(id: string, problem: string | undefined): string {
    const { hasSpans, hasHops } = this.#finder;
    const searched = [
      ...(hasSpans ? ['the trace files'] : []),
      ...(hasHops ? ['the last hops'] : []),
      ...(problem === undefined ? ['the error queue'] : []),
    ];
    const gaps = [...this.#sourceGaps(), ...(problem === undefined ? [] : [problem])];
    const places =
      searched.length === 0 ? 'no source to search' : `not in ${searched.join(', nor in ')}`;
    return [`no journey or envelope "${id}": ${places}`, ...gaps].join('; ');
  }

  /** The sources that are missing, and what those that are there do not contain. */
  #sourceGaps(): readonly string[] {
    const { traces, hops } = this.#options;
    const states = traces?.sources() ?? [];
    return [
      ...(traces === undefined ? ['waterfalls need --traces FILE'] : []),
      ...(hops === undefined ? ['the last hops need --sidecars ADDRESS'] : []),
      ...states.flatMap(({ file, problem }) =>
        problem === undefined ? [] : `${file}: ${problem}`,
      ),
      ...new Set(states.flatMap(({ file, gap }) => (gap === undefined ? [] : `${file}: ${gap}`))),
    ];
  }

  #journeyGaps(located: LocatedJourney | undefined): readonly string[] {
    const { hasSpans, hasHops } = this.#finder;
    if (located?.source === 'traces') return [];
    if (located === undefined) {
      return hasSpans || hasHops ? ['no hop of it is known'] : ['hops need --traces or --sidecars'];
    }
    const isFanout = listSteps(located.journey.roots).some((step) => outcomeOf(step) === 'fanout');
    return [
      hasSpans
        ? 'the trace files do not have all hops; times in queues and error texts are unknown'
        : 'times in queues and error texts need --traces FILE',
      ...(isFanout ? ['the hops have no number of the children of a fan-out'] : []),
    ];
  }
}

/** @throws {RequestError} 400 */
function readJourneyRequest(body: unknown): Required<JourneyRequest> {
  const fields = new Fields(body);
  if (isRecord(body)) refuseUnknown(body, ['id', 'isUnfolded', 'isPoll']);
  const id = fields.requiredText('id');
  return { id, isUnfolded: fields.flag('isUnfolded'), isPoll: fields.flag('isPoll') };
}

/** The errors of a journey that ended well, or waits, need not be in the queue. */
function needsLook(located: LocatedJourney | undefined): boolean {
  return located === undefined || summarizeJourney(located.journey).state === 'failed';
}

function hopsOf(located: LocatedJourney | undefined): number {
  return located?.journey.hops ?? 0;
}

interface FailureLook {
  readonly failures: readonly FoundFailure[];
  /** Why the queue could not be read. */
  readonly problem?: string;
}

const NO_FAILURES: FailureLook = { failures: [] };

const MAX_LOOKS = 20;

/** The last looks at error-end's queue. A look reads the whole queue. */
class FailureLooks {
  readonly #source: FailureSource;
  readonly #looks = new Map<string, { readonly look: FailureLook; readonly atMs: number }>();

  constructor(source: FailureSource) {
    this.#source = source;
  }

  /** @param state a look is too old when the journey has more hops, or after some time */
  async find(
    id: string,
    { hops, maxAgeMs }: { readonly hops: number; readonly maxAgeMs: number },
    signal: AbortSignal,
  ): Promise<FailureLook> {
    const key = `${hops} ${id}`;
    const known = this.#looks.get(key);
    if (known !== undefined && performance.now() - known.atMs < maxAgeMs) return known.look;
    try {
      const look = { failures: await this.#source.failuresOf(id, signal) };
      this.#keep(key, look);
      return look;
    } catch (error) {
      return { failures: [], problem: `the error queue was not read: ${messageOf(error)}` };
    }
  }

  #keep(key: string, look: FailureLook): void {
    this.#looks.delete(key);
    this.#looks.set(key, { look, atMs: performance.now() });
    const [oldest] = this.#looks.keys();
    if (oldest !== undefined && this.#looks.size > MAX_LOOKS) this.#looks.delete(oldest);
  }
}
