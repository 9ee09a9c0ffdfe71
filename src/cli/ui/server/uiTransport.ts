import { createSleep, retryWithBackoff, type Backoff } from '../../../backoff.ts';
import type { Config } from '../../../config/config.ts';
import { messageOf } from '../../../faults.ts';
import type { InspectableTransport } from '../../../transport/inspection/inspectableTransport.ts';
import type { TransportState } from '../../../transport/transport.ts';
import { SECOND } from '../../../units.ts';
import type { CommandContext } from '../../command/command.ts';
import { brokerAddress } from './brokerAddress.ts';
import type { BrokerSource } from './contract.ts';
import { RequestError } from './routes/requestError.ts';

export interface UiTransportOptions {
  readonly config: Config;
  readonly context: Pick<CommandContext, 'openTransport' | 'log'>;
}

const OPEN_BACKOFF: Backoff = { minMs: SECOND / 4, maxMs: 2 * SECOND, jitter: 0.2 };

const NEVER_CONNECTED: TransportState = { connected: false, blocked: false, missing: [] };

/**
 * The transport that all rooms of the page's server share. It opens in the background and tries
 * for as long as the server runs: a broker that is away is a state of the page.
 */
export class UiTransport {
  readonly #options: UiTransportOptions;
  readonly #closing = new AbortController();
  #transport: InspectableTransport | undefined;
  #state = NEVER_CONNECTED;
  /** In milliseconds since the epoch; undefined while it is connected. */
  #awaySinceMs: number | undefined = Date.now();
  /** Why the transport could not be opened yet. */
  #openProblem: string | undefined;

  constructor(options: UiTransportOptions) {
    this.#options = options;
    void this.#open().catch((error: unknown) => {
      if (!this.#closing.signal.aborted) throw error;
    });
  }

  /** Undefined until the transport is open, for example while the SQLite database is missing. */
  get current(): InspectableTransport | undefined {
    return this.#transport;
  }

  /**
   * The transport, for a request that needs the broker.
   * @throws {RequestError} 503 with the reason while it is not connected
   */
  connected(): InspectableTransport {
    const { isConnected, problem = 'no answer yet' } = this.source();
    if (this.#transport !== undefined && isConnected) return this.#transport;
    throw new RequestError(503, `the broker is not connected: ${problem}`);
  }

  source(): BrokerSource {
    const { connected, blocked, missing, disconnect } = this.#state;
    const reasons = [
      ...(this.#openProblem === undefined ? [] : [this.#openProblem]),
      ...(disconnect === undefined ? [] : [disconnect.reason]),
      ...missing,
      ...(blocked ? [this.#blockedReason()] : []),
    ];
    return {
      address: brokerAddress(this.#options.config),
      isConnected: connected,
      ...(reasons.length === 0 ? {} : { problem: reasons.join('; ') }),
      ...(this.#awaySinceMs === undefined
        ? {}
        : { awaySince: new Date(this.#awaySinceMs).toISOString() }),
    };
  }

  async close(): Promise<void> {
    this.#closing.abort();
    // A pending attempt is not awaited: it may wait for a locked file.
    await this.#transport?.close();
  }

  async #open(): Promise<void> {
    await retryWithBackoff(() => this.#openOnce(), {
      backoff: OPEN_BACKOFF,
      sleep: createSleep(this.#closing.signal),
      onFailure: (error) => {
        this.#openProblem = messageOf(error);
      },
    });
  }

  async #openOnce(): Promise<void> {
    const { config, context } = this.#options;
    const transport = await context.openTransport({
      config,
      onState: (state) => this.#setState(state),
      log: context.log,
    });
    if (this.#closing.signal.aborted) return transport.close();
    this.#transport = transport;
    this.#openProblem = undefined;
  }

  #setState(state: TransportState): void {
    this.#state = state;
    this.#awaySinceMs = state.connected ? undefined : (this.#awaySinceMs ?? Date.now());
  }

  #blockedReason(): string {
    return this.#options.config.transport === 'sqlite'
      ? 'the disk of the database is full'
      : 'the broker accepts no publishes (memory or disk alarm)';
  }
}
