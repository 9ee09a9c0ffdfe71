import { createSleep } from '../../backoff.ts';
import { formatAddress } from '../../config/formats/address.ts';
import { messageOf } from '../../faults.ts';
import { SECOND } from '../../units.ts';
import { CommandError } from '../command/exit.ts';
import { Follower, type FollowerOptions, type FollowerState } from './follower.ts';
import type { Endpoint } from './hopStream.ts';
import { resolveEndpoints, type Resolve } from './resolveEndpoints.ts';
import type { SidecarAddress } from './sidecarAddress.ts';

export interface FleetOptions extends Pick<FollowerOptions, 'readToken' | 'onLine'> {
  readonly addresses: readonly SidecarAddress[];
  readonly resolve: Resolve;
  /** Receives a line about a connection that was made or lost. */
  readonly report: (line: string) => void;
  /** @default 10 s */
  readonly resolveIntervalMs?: number;
}

const RESOLVE_INTERVAL_MS = 10 * SECOND;

/**
 * Follows the hops of all sidecars behind some addresses. Host names are resolved again from time
 * to time, so that new sidecars are followed too.
 */
export class Fleet {
  readonly #options: FleetOptions;
  readonly #followers = new Map<string, Follower>();
  readonly #instances = new Set<string>();
  /** The last reported state of each connection, and of the resolution of each host name. */
  readonly #reported = new Map<string, string>();
  readonly #stop = new AbortController();
  #isStarted = false;

  constructor(options: FleetOptions) {
    this.#options = options;
  }

  /**
   * Connects to all sidecars. Resolves after the first attempts.
   * @throws {CommandError} if no sidecar can be reached
   */
  async start(): Promise<void> {
    const failures = await this.#update();
    const connecting = [...this.#followers].map(async ([name, { firstState }]) => {
      const state = await firstState;
      if (state.kind === 'lost') failures.push(`${name}: ${state.reason}`);
      return state.kind;
    });
    const kinds = await Promise.all(connecting);
    if (this.#stop.signal.aborted) return;
    const connected = kinds.filter((kind) => kind === 'connected').length;
    if (connected === 0) throw new CommandError(describeFailures(failures));
    this.#options.report(`connected to ${connected} ${connected === 1 ? 'sidecar' : 'sidecars'}`);
    for (const failure of failures) this.#options.report(`${failure}; trying again`);
    this.#isStarted = true;
    void this.#updatePeriodically();
  }

  stop(): void {
    this.#stop.abort();
    for (const follower of this.#followers.values()) follower.stop();
  }

  async #updatePeriodically(): Promise<void> {
    const { resolveIntervalMs = RESOLVE_INTERVAL_MS } = this.#options;
    const sleep = createSleep(this.#stop.signal);
    while (!this.#stop.signal.aborted) {
      // The sleep rejects when the fleet is stopped; the loop then ends.
      await sleep(resolveIntervalMs).catch(() => undefined);
      if (!this.#stop.signal.aborted) await this.#update();
    }
  }

  /** Follows new endpoints, and returns the errors of the resolver. */
  async #update(): Promise<string[]> {
    const { addresses } = this.#options;
    const failures: string[] = [];
    const found = await Promise.all(addresses.map((it) => this.#resolve(it, failures)));
    if (this.#stop.signal.aborted) return failures;
    const endpoints = found.flat();
    for (const endpoint of endpoints) this.#follow(endpoint);
    // After a failed resolution, the sidecars may still be there.
    if (failures.length === 0) this.#forgetAllBut(endpoints);
    return failures;
  }

  async #resolve(address: SidecarAddress, failures: string[]): Promise<readonly Endpoint[]> {
    const name = formatAddress(address);
    try {
      const endpoints = await resolveEndpoints(address, this.#options.resolve);
      this.#reported.delete(`resolve ${name}`);
      return endpoints;
    } catch (error) {
      const failure = `${name}: ${messageOf(error)}`;
      failures.push(failure);
      this.#reportChange(`resolve ${name}`, 'unresolved', failure);
      return [];
    }
  }

  #follow(endpoint: Endpoint): void {
    const name = formatAddress(endpoint);
    if (this.#followers.has(name)) return;
    const { readToken, onLine } = this.#options;
    const follower = new Follower(endpoint, {
      readToken,
      onLine,
      instances: this.#instances,
      onState: (state) => this.#reportState(name, state),
    });
    this.#followers.set(name, follower);
  }

  /** Keeps connections: the name stops resolving to a sidecar before its last hops have ended. */
  #forgetAllBut(endpoints: readonly Endpoint[]): void {
    const names = new Set(endpoints.map(formatAddress));
    for (const [name, follower] of this.#followers) {
      if (names.has(name) || follower.state.kind === 'connected') continue;
      follower.stop();
      this.#followers.delete(name);
      this.#reportChange(name, 'gone', `${name}: gone`);
      this.#reported.delete(name);
    }
  }

  #reportState(name: string, state: FollowerState): void {
    if (state.kind === 'duplicate') return;
    const text = state.kind === 'lost' ? `${state.reason}; reconnecting` : 'connected';
    this.#reportChange(name, state.kind, `${name}: ${text}`);
  }

  /** Reports the first of equal states. Before the start, `start` reports. */
  #reportChange(subject: string, state: string, line: string): void {
    const isNew = this.#reported.get(subject) !== state;
    this.#reported.set(subject, state);
    if (isNew && this.#isStarted) this.#options.report(line);
  }
}

function describeFailures([first = 'the host name has no address', ...others]: string[]): string {
  const more = others.length === 0 ? '' : ` (and ${others.length} more)`;
  return `cannot reach a sidecar: ${first}${more}`;
}
