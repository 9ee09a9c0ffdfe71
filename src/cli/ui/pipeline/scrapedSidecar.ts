import { messageOf } from '../../../faults.ts';
import type { Endpoint } from '../../tail/access/resolveEndpoints.ts';
import type { SidecarState } from './contract.ts';
import { RateWindow, type Increase } from './rateWindow.ts';
import type { Readiness, SidecarClient } from './sidecarClient.ts';
import type { SidecarMetrics } from './sidecarMetrics.ts';

const SEVERAL = 'this address leads to several sidecars in turn; use a name that resolves to each';

/** After this number of readings from one process, an address leads to one sidecar. */
const SETTLED_READINGS = 12;

/** What is known of one sidecar from its `/readyz` and `/metrics`. */
export class ScrapedSidecar {
  readonly #address: string;
  #window = new RateWindow();
  #metrics: SidecarMetrics | undefined;
  /** Whether the last reading had metrics. */
  #hasMetrics = false;
  #readiness: Readiness | undefined;
  #problems: readonly string[] = [];
  #isSeveral = false;
  /** The number of readings in a row that came from the same process as the one before. */
  #sameInARow = 0;

  constructor(address: string) {
    this.#address = address;
  }

  /** The actor; known after the first metrics, also while the sidecar does not answer. */
  get actor(): string | undefined {
    return this.#metrics?.actor;
  }

  /** The metrics of the last reading; undefined if it had none. */
  get metrics(): SidecarMetrics | undefined {
    return this.#hasMetrics ? this.#metrics : undefined;
  }

  /** @param nowMs of a monotonic clock */
  increase(nowMs: number): Increase | undefined {
    return this.#isSeveral ? undefined : this.#window.increase(nowMs);
  }

  /** @param hopsProblem why the hops of the sidecar do not arrive */
  state(hopsProblem: string | undefined): SidecarState {
    const address = this.#address;
    // A sidecar that does not answer at all has one problem.
    if (this.#readiness === undefined) return { address, problems: this.#problems };
    const hops = hopsProblem === undefined ? [] : [`no hops: ${describeHops(hopsProblem)}`];
    return {
      address,
      isReady: this.#readiness.isReady,
      problems: [...this.#readiness.problems, ...this.#problems, ...hops],
    };
  }

  /** Asks the sidecar for its state. Never rejects. */
  async scrape(endpoint: Endpoint, client: SidecarClient): Promise<void> {
    const [readiness, metrics] = await Promise.allSettled([
      client.readReadiness(endpoint),
      client.readMetrics(endpoint),
    ]);
    this.#hasMetrics = readiness.status === 'fulfilled' && metrics.status === 'fulfilled';
    if (readiness.status === 'rejected') {
      this.#readiness = undefined;
      this.#problems = [messageOf(readiness.reason)];
      return;
    }
    this.#readiness = readiness.value;
    if (metrics.status === 'fulfilled') this.#add(metrics.value);
    this.#problems =
      metrics.status === 'rejected'
        ? [`no metrics: ${messageOf(metrics.reason)}`]
        : this.#isSeveral
          ? [SEVERAL]
          : [];
  }

  #add(metrics: SidecarMetrics): void {
    const { counts, processStart } = metrics;
    const { actor = metrics.actor, processStart: lastStart = 0 } = this.#metrics ?? {};
    this.#sameInARow = processStart === lastStart ? this.#sameInARow + 1 : 0;
    // After a restart, the process of an address is younger, unless the clock was set back.
    const isOlder = (processStart ?? 0) < lastStart;
    const isSettled = this.#isSeveral && this.#sameInARow >= SETTLED_READINGS;
    if (isOlder) this.#isSeveral = true;
    else if (isSettled) this.#isSeveral = false;
    if (isSettled || metrics.actor !== actor) this.#window = new RateWindow();
    this.#metrics = metrics;
    this.#window.add({ atMs: performance.now(), counts, processStart });
  }
}

/** Adds to a refusal of `/hops` what to do. */
function describeHops(problem: string): string {
  if (problem.startsWith('401 ')) return `${problem}; see --hops-token-file`;
  return problem;
}
