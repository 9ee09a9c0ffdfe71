import { createSleep, type Sleep } from '../../../backoff.ts';
import type { Config } from '../../../config/config.ts';
import type { Log } from '../../../log.ts';
import { SECOND } from '../../../units.ts';
import { Changes } from '../hops/changes.ts';
import type { HopSource } from '../hops/followedHops.ts';
import type { SidecarSource } from '../server/contract.ts';
import type { ActorGraph, GraphPart } from './actorGraph.ts';
import { ActorHistories, HISTORY_INTERVAL_MS } from './actorHistories.ts';
import type { HistoryPoint, Pipeline } from './contract.ts';
import { describePipeline } from './describePipeline.ts';
import { QueueCounter, type QueueCounterOptions, type QueueDepth } from './queueCounter.ts';
import { SidecarClient } from './sidecarClient.ts';
import { SidecarScraper, type SidecarReading } from './sidecarScraper.ts';

export interface LivePipelineOptions {
  readonly config: Config;
  readonly transport: QueueCounterOptions['transport'];
  /** Other rooms add to it what they find in their sources. */
  readonly graph: ActorGraph;
  /** Returns the sidecars of `--sidecars` at this moment. */
  readonly sidecars: () => readonly HopSource[];
  readonly log: Pick<Log, 'error'>;
  /** Returns what other sources name: failed messages and trace files. @default nothing */
  readonly otherParts?: () => readonly GraphPart[];
  /** The time between two readings of the sidecars. @default 5 s */
  readonly scrapeIntervalMs?: number;
  /** @default 2 s, or 5 s for more than 20 actors */
  readonly countIntervalMs?: number;
}

/** The second round is early, because a rate needs two readings. */
const FIRST_INTERVAL_MS = SECOND;
/** A round takes an operation of the broker for each queue, one after another. */
const COUNT_INTERVAL_MS = { few: 2 * SECOND, many: 5 * SECOND };
const FEW_ACTORS = 20;

/**
 * The pipeline as this server sees it. It reads its sources also while no page is open, because
 * rates and histories need earlier readings; docs/ui.md has the cost.
 */
export class LivePipeline {
  /** Notified after each round of readings. */
  readonly changes = new Changes();
  readonly #options: LivePipelineOptions;
  readonly #scraper: SidecarScraper;
  readonly #counter: QueueCounter;
  readonly #histories = new ActorHistories();
  readonly #stop = new AbortController();

  constructor(options: LivePipelineOptions) {
    this.#options = options;
    this.#scraper = new SidecarScraper(options.sidecars, new SidecarClient());
    this.#counter = new QueueCounter(options);
  }

  start(): void {
    const sleep = createSleep(this.#stop.signal);
    void this.#repeat(
      () => this.#scrape(),
      sleep,
      (round) => this.#scrapeIntervalMs(round),
    );
    void this.#repeat(
      () => this.#count(),
      sleep,
      () => this.#countIntervalMs(),
    );
  }

  stop(): void {
    this.#stop.abort();
    this.#scraper.close();
    this.changes.notify();
  }

  snapshot(): Pipeline {
    const { config, graph } = this.#options;
    return describePipeline(new Date().toISOString(), {
      happyEnd: config.happyEnd,
      errorEnd: config.errorEnd,
      actors: graph.actors,
      edges: graph.edges,
      readings: this.#scraper.readings(),
      queueOf: (actor) => this.#counter.of(actor),
    });
  }

  /** The last 10 minutes of an actor; undefined if no source has named it. */
  history(actor: string): readonly HistoryPoint[] | undefined {
    return (
      this.#histories.of(actor) ?? (this.#options.graph.actors.includes(actor) ? [] : undefined)
    );
  }

  /** See `QueueCounter.depthOf`. */
  depthOf(queue: string): QueueDepth | undefined {
    return this.#counter.depthOf(queue);
  }

  /** The sidecars, for the list of the page's sources. */
  sources(): readonly SidecarSource[] {
    return this.#scraper.readings().map(({ state: { address }, actor, hopsProblem: problem }) => ({
      address,
      ...(actor === undefined ? {} : { actor }),
      ...(problem === undefined ? {} : { problem }),
    }));
  }

  async #scrape(): Promise<void> {
    const { graph, otherParts = () => [] } = this.#options;
    await this.#scraper.scrape();
    for (const part of otherParts()) graph.add(part);
    for (const { actor, destinations } of this.#scraper.readings()) {
      if (actor === undefined) continue;
      graph.add({
        actors: [actor],
        edges: destinations.map((to) => ({ from: actor, to })),
      });
    }
    const { asOf, actors } = this.snapshot();
    this.#histories.add(asOf, actors);
  }

  #count(): Promise<void> {
    const { graph } = this.#options;
    const retrying = this.#scraper.readings().filter(isRetrying);
    const names = retrying.flatMap(({ actor = [] }) => actor);
    return this.#counter.count(graph.actors, new Set(names));
  }

  /** Reads again and again until the pipeline is stopped. */
  async #repeat(
    read: () => Promise<void>,
    sleep: Sleep,
    intervalMsAfter: (round: number) => number,
  ): Promise<void> {
    for (let round = 1; !this.#stop.signal.aborted; round++) {
      const startedAtMs = performance.now();
      await read().catch((error: unknown) => this.#report(error));
      this.changes.notify();
      const restMs = Math.max(0, startedAtMs + intervalMsAfter(round) - performance.now());
      // The sleep rejects when the pipeline is stopped; the loop then ends.
      await sleep(restMs).catch(() => undefined);
    }
  }

  /** An internal error in one round must not end the others. */
  #report(error: unknown): void {
    this.#options.log.error({ err: error }, 'pipeline not read');
  }

  #scrapeIntervalMs(round: number): number {
    const { scrapeIntervalMs = HISTORY_INTERVAL_MS } = this.#options;
    return round === 1 ? Math.min(FIRST_INTERVAL_MS, scrapeIntervalMs) : scrapeIntervalMs;
  }

  #countIntervalMs(): number {
    const { graph, countIntervalMs } = this.#options;
    const isFew = graph.actors.length <= FEW_ACTORS;
    return countIntervalMs ?? (isFew ? COUNT_INTERVAL_MS.few : COUNT_INTERVAL_MS.many);
  }
}

function isRetrying({ increase, retryDepth = 0 }: SidecarReading): boolean {
  return retryDepth > 0 || (increase?.counts.retries ?? 0) > 0;
}
