import { TaskWindow } from '../../../taskWindow.ts';
import type { HopSource } from '../hops/followedHops.ts';
import type { Increase } from './rateWindow.ts';
import { ScrapedSidecar } from './scrapedSidecar.ts';
import { SidecarClient } from './sidecarClient.ts';
import type { SidecarState } from './contract.ts';

/** A sidecar and the numbers of its actor. */
export interface SidecarReading {
  readonly state: SidecarState;
  /** Undefined while neither its metrics nor its hops have named the actor. */
  readonly actor: string | undefined;
  readonly increase: Increase | undefined;
  readonly retryDepth: number | undefined;
  /** The actors and ends to which it has sent since its start. */
  readonly destinations: readonly string[];
  /** Why its hops are not followed. */
  readonly hopsProblem: string | undefined;
}

/** The largest number of sidecars that are asked at a time. */
const CONCURRENCY = 20;

/** Reads `/readyz` and `/metrics` of each sidecar, once per round. */
export class SidecarScraper {
  readonly #sources: () => readonly HopSource[];
  readonly #client: SidecarClient;
  readonly #scraped = new Map<string, ScrapedSidecar>();

  /** @param sources returns the sidecars at this moment */
  constructor(sources: () => readonly HopSource[], client: SidecarClient) {
    this.#sources = sources;
    this.#client = client;
  }

  /** Asks all sidecars, and forgets those that are gone. Never rejects. */
  async scrape(): Promise<void> {
    const sources = this.#sources();
    const addresses = new Set(sources.map(({ address }) => address));
    for (const address of this.#scraped.keys())
      if (!addresses.has(address)) this.#scraped.delete(address);
    const requests = new TaskWindow(CONCURRENCY);
    for (const { address, endpoint } of sources) {
      if (endpoint === undefined) continue;
      const sidecar = this.#find(address);
      await requests.hasRoom();
      requests.start(() => sidecar.scrape(endpoint, this.#client));
    }
    await requests.ended();
  }

  readings(): readonly SidecarReading[] {
    const nowMs = performance.now();
    return this.#sources().map(({ address, actor, problem }) => {
      const sidecar = this.#scraped.get(address);
      const { metrics } = sidecar ?? {};
      return {
        state: sidecar?.state(problem) ?? {
          address,
          problems: problem === undefined ? [] : [problem],
        },
        actor: sidecar?.actor ?? actor,
        increase: sidecar?.increase(nowMs),
        retryDepth: metrics?.retryDepth,
        destinations: metrics === undefined ? [] : destinationsOf(metrics.counts.sent),
        hopsProblem: problem,
      };
    });
  }

  close(): void {
    this.#client.close();
  }

  #find(address: string): ScrapedSidecar {
    const known = this.#scraped.get(address);
    if (known !== undefined) return known;
    const sidecar = new ScrapedSidecar(address);
    this.#scraped.set(address, sidecar);
    return sidecar;
  }
}

function destinationsOf(sent: ReadonlyMap<string, number>): readonly string[] {
  return [...sent].filter(([, count]) => count > 0).map(([name]) => name);
}
