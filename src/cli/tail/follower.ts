import { repeatWithBackoff, type Backoff } from '../../backoff.ts';
import { formatAddress } from '../../config/formats/address.ts';
import { SECOND } from '../../units.ts';
import { openHopStream, type HopStream } from './hopStream.ts';
import { describeConnectionError } from './access/connectionError.ts';
import type { Endpoint } from './access/resolveEndpoints.ts';

/**
 * The state of a connection:
 *
 * - `connecting`: the first attempt has not ended
 * - `connected`: records arrive
 * - `duplicate`: another connection leads to the same sidecar
 * - `lost`: there is no connection
 */
export type FollowerState =
  | { readonly kind: 'connecting' | 'connected' | 'duplicate' }
  | { readonly kind: 'lost'; readonly reason: string };

export interface FollowerOptions {
  /** Returns the bearer token. Called at each attempt, because it may change. */
  readonly readToken: () => string | undefined;
  /** The instances that have a connection. */
  readonly instances: Set<string>;
  /** Called with each line; the next one is read after it resolves. */
  readonly onLine: (line: string, endpoint: Endpoint) => Promise<void>;
  readonly onState: (state: FollowerState, endpoint: Endpoint) => void;
}

const BACKOFF: Backoff = { minMs: SECOND / 2, maxMs: 10 * SECOND, jitter: 0.5 };
const STABLE_MS = 10 * SECOND;

/** Follows the hops of one endpoint, and reconnects until it is stopped. */
export class Follower {
  readonly endpoint: Endpoint;
  readonly #options: FollowerOptions;
  readonly #stop = new AbortController();
  readonly #firstState = Promise.withResolvers<FollowerState>();
  #state: FollowerState = { kind: 'connecting' };

  constructor(endpoint: Endpoint, options: FollowerOptions) {
    this.endpoint = endpoint;
    this.#options = options;
    void repeatWithBackoff(() => this.#follow(), {
      backoff: BACKOFF,
      stableMs: STABLE_MS,
      stop: this.#stop.signal,
    });
  }

  get state(): FollowerState {
    return this.#state;
  }

  /** Resolves after the first attempt to connect. */
  get firstState(): Promise<FollowerState> {
    return this.#firstState.promise;
  }

  stop(): void {
    this.#stop.abort();
  }

  async #follow(): Promise<void> {
    try {
      this.#setState(await this.#readHops());
    } catch (error) {
      this.#setState({ kind: 'lost', reason: describeConnectionError(error) });
    }
  }

  /** Resolves with the state after the connection. */
  async #readHops(): Promise<FollowerState> {
    const { readToken, instances } = this.#options;
    const options = { token: readToken(), stop: this.#stop.signal };
    const stream = await openHopStream(this.endpoint, options);
    const { instance = formatAddress(this.endpoint) } = stream;
    try {
      if (instances.has(instance)) return { kind: 'duplicate' };
      instances.add(instance);
      await this.#readLines(stream).finally(() => instances.delete(instance));
      return { kind: 'lost', reason: 'closed by the sidecar' };
    } finally {
      stream.close();
    }
  }

  async #readLines({ lines }: HopStream): Promise<void> {
    this.#setState({ kind: 'connected' });
    for await (const line of lines) await this.#options.onLine(line, this.endpoint);
  }

  #setState(state: FollowerState): void {
    this.#state = state;
    this.#firstState.resolve(state);
    if (!this.#stop.signal.aborted) this.#options.onState(state, this.endpoint);
  }
}
