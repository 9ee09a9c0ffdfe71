/** Objects of views that outlive them, such as a running action. Each page has one. */
export class KeptState {
  readonly #objects = new Map<() => unknown, unknown>();

  /** Returns the object of this creator, which is called once. */
  get<Kept>(create: () => Kept): Kept {
    if (!this.#objects.has(create)) this.#objects.set(create, create());
    // Only this method adds objects: the one at a creator is its result.
    return this.#objects.get(create) as Kept;
  }
}
