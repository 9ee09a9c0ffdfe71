import type { Look, LookRequest } from '../../../src/cli/ui/errors/contract.ts';
import type { Client } from '../../client/client.ts';
import { messageOf } from '../../client/errors.ts';
import { Listeners } from './listeners.ts';

export interface LookState {
  /** The newest look, which stays after a failed one. */
  readonly look: Look | undefined;
  readonly isReading: boolean;
  /** Why the newest attempt failed; one line. */
  readonly problem: string | undefined;
}

const NO_LOOK: LookState = { look: undefined, isReading: false, problem: undefined };

/** Reads error-end's queue and its parked queue when the user asks for it, and never by itself. */
export class LookReader {
  readonly #client: Client;
  readonly #listeners = new Listeners();
  readonly #states = new Map<boolean, LookState>();

  constructor(client: Client) {
    this.#client = client;
  }

  stateOf(isParked: boolean): LookState {
    return this.#states.get(isParked) ?? NO_LOOK;
  }

  subscribe(listener: () => void): () => void {
    return this.#listeners.add(listener);
  }

  /** Resolves when the look has ended. Ignored while another one runs. Never rejects. */
  async read(isParked: boolean): Promise<void> {
    const { look, isReading } = this.stateOf(isParked);
    if (isReading) return;
    this.#set(isParked, { look, isReading: true, problem: undefined });
    const request: LookRequest = { isParked };
    try {
      const next = await this.#client.post<Look>('/api/errors/looks', request);
      this.#set(isParked, { look: next, isReading: false, problem: undefined });
    } catch (error) {
      this.#set(isParked, { look, isReading: false, problem: messageOf(error) });
    }
  }

  #set(isParked: boolean, state: LookState): void {
    this.#states.set(isParked, state);
    this.#listeners.call();
  }
}
