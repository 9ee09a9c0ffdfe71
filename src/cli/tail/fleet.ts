import { createSleep } from '../../backoff.ts';
import { formatAddress } from '../../config/formats/address.ts';
import { messageOf } from '../../faults.ts';
import { SECOND } from '../../units.ts';
import { Follower, type FollowerOptions, type FollowerState } from './follower.ts';
import { resolveEndpoints, type Endpoint, type Resolve } from './access/resolveEndpoints.ts';
import type { SidecarAddress } from './access/sidecarAddress.ts';

export interface FleetOptions extends Pick<FollowerOptions, 'readToken' | 'onLine'> {
  readonly addresses: readonly SidecarAddress[];
  readonly resolve: Resolve;
  /**
   * Receives a line about a connection that was made or lost after the first attempts.
   * @default nothing is reported
   */
  readonly report?: (line: string) => void;
  /** @default 10 s */
  readonly resolveIntervalMs?: number;
}

/** What the first attempts to connect have reached. */
export interface FirstAttempts {
  /** The number of sidecars. */
  readonly connected: number;
  /** One line for each address that was not reached, and for each name that was not resolved. */
  readonly failures: readonly string[];
}

/** A sidecar that a fleet follows, or a host name that is not resolved. */
export interface FollowedSidecar {
  /** `10.0.0.7:8080` */
  readonly address: string;
  /** Undefined for a host name that is not resolved. */
  readonly endpoint: Endpoint | undefined;
  /** Why its hops do not arrive. */
  readonly problem: string | undefined;
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
  /** The reason for each host name that is not resolved. */
  readonly #unresolved = new Map<string, string>();
  #isStarted = false;

  constructor(options: FleetOptions) {
    this.#options = options;
  }

  /**
   * Connects to all sidecars, and follows them until `stop`. Resolves after the first attempts;
   * never rejects.
   */
  async start(): Promise<FirstAttempts> {
    const failures = await this.#update();
    const connecting = [...this.#followers].map(async ([name, { firstState }]) => {
      const state = await firstState;
      if (state.kind === 'lost') failures.push(`${name}: ${state.reason}`);
      return state.kind;
    });
    const kinds = await Promise.all(connecting);
    this.#isStarted = true;
    void this.#updatePeriodically();
    return { connected: kinds.filter((kind) => kind === 'connected').length, failures };
  }

  /** The sidecars at this moment, each once, by whatever number of addresses it is reached. */
  get sidecars(): readonly FollowedSidecar[] {
    const followed = [...this.#followers].map(([address, { endpoint, state }]) => {
      const problem = state.kind === 'lost' ? state.reason : undefined;
      return { address, endpoint, problem, isDuplicate: state.kind === 'duplicate' };
    });
    const unresolved = [...this.#unresolved].map(([address, problem]) => {
      return { address, endpoint: undefined, problem };
    });
    return [...followed.filter(({ isDuplicate }) => !isDuplicate), ...unresolved];
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
      this.#unresolved.delete(name);
      return endpoints;
    } catch (error) {
      const reason = messageOf(error);
      const failure = `${name}: ${reason}`;
      failures.push(failure);
      this.#unresolved.set(name, reason);
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

  /** Reports the first of equal states. The result of `start` has those of the first attempts. */
  #reportChange(subject: string, state: string, line: string): void {
    const isNew = this.#reported.get(subject) !== state;
    this.#reported.set(subject, state);
    if (isNew && this.#isStarted) this.#options.report?.(line);
  }
}
