import type { Readable } from 'node:stream';
import { readLines } from '../../input/lines.ts';
import { isIdOrShortened } from '../shortId.ts';
import { StringPool } from '../spans/stringPool.ts';
import { readHopLine, type HopLine } from './hopLine.ts';

/** Collects the hops of log files of any size. */
export class HopLineCollector {
  readonly #byJourney = new Map<string, HopLine[]>();
  readonly #strings = new StringPool();
  readonly #ids: readonly string[];

  /** @param ids the only journeys to keep, also shortened; all if the list is empty */
  constructor(ids: readonly string[]) {
    this.#ids = ids;
  }

  /** The hops of each journey. A line that several files contain counts once. */
  *journeys(): Generator<readonly HopLine[]> {
    for (const hops of this.#byJourney.values()) {
      yield [...new Map(hops.map((hop) => [keyOf(hop), hop])).values()];
    }
  }

  /**
   * Adds the hops of a log.
   * @param file `-` is standard input
   * @throws when the file cannot be read
   */
  async readFile(file: string, stdin: Readable): Promise<void> {
    for await (const line of readLines(file, stdin)) {
      const hop = readHopLine(line);
      if (hop === undefined) continue;
      if (!this.#isSelected(hop)) continue;
      this.#add(this.#compact(hop));
    }
  }

  #isSelected({ journeyId }: HopLine): boolean {
    return this.#ids.length === 0 || this.#ids.some((id) => isIdOrShortened(id, journeyId));
  }

  #add(hop: HopLine): void {
    const hops = this.#byJourney.get(hop.journeyId);
    if (hops === undefined) this.#byJourney.set(hop.journeyId, [hop]);
    else hops.push(hop);
  }

  #compact(hop: HopLine): HopLine {
    const { destination, traceId } = hop;
    const share = (text: string): string => this.#strings.share(text);
    return {
      ...hop,
      journeyId: share(hop.journeyId),
      id: share(hop.id),
      actor: share(hop.actor),
      outcome: share(hop.outcome),
      destination: destination && share(destination),
      traceId: traceId && share(traceId),
    };
  }
}

function keyOf({ id, hops, actor, attempt, outcome, startMs, endMs }: HopLine): string {
  return `${startMs} ${endMs} ${hops} ${attempt} ${outcome} ${actor} ${id}`;
}
