import type { Client } from '../client/client.ts';

/** Objects of views that outlive them, such as a running action. Each page has one. */
export class KeptState {
  readonly #client: Client;
  readonly #objects = new Map<(client: Client) => unknown, unknown>();

  constructor(client: Client) {
    this.#client = client;
  }

  /** Returns the object of this function, which is called once. */
  get<Kept>(create: (client: Client) => Kept): Kept {
    if (!this.#objects.has(create)) this.#objects.set(create, create(this.#client));
    // Only this method adds objects: the one of a function is its result.
    return this.#objects.get(create) as Kept;
  }
}
