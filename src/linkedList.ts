/**
 * Those who are here, in the order in which they came: for what comes and goes with every hop.
 *
 * V8 moves a `Set` to a new table every now and then, and the old table points to the new one. Once
 * a table that is out of use has grown old, it keeps those after it, and all that stood in them,
 * until everything is collected. Who has left a roll points to nobody.
 */
export class LinkedList<T> implements Iterable<Node<T>> {
  #oldest: Node<T> | undefined;
  #newest: Node<T> | undefined;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get first(): T | undefined {
    return this.#oldest?.value;
  }

  add(value: T): Node<T> {
    const place: Node<T> = { value, previous: this.#newest, next: undefined };
    if (this.#newest === undefined) this.#oldest = place;
    else this.#newest.next = place;
    this.#newest = place;
    this.#size++;
    return place;
  }

  /** False when it has left before. */
  remove(place: Node<T>): boolean {
    const { previous: before, next: after } = place;
    if (before === undefined && this.#oldest !== place) return false;
    if (before === undefined) this.#oldest = after;
    else before.next = after;
    if (after === undefined) this.#newest = before;
    else after.previous = before;
    place.previous = place.next = undefined;
    this.#size--;
    return true;
  }

  /** The oldest first; those who are here now, whoever leaves meanwhile. */
  [Symbol.iterator](): ArrayIterator<Node<T>> {
    const places: Node<T>[] = [];
    for (let place = this.#oldest; place !== undefined; place = place.next) places.push(place);
    return places.values();
  }
}

/** Where somebody stands in a roll. */
export interface Node<T> {
  readonly value: T;
  previous: Node<T> | undefined;
  next: Node<T> | undefined;
}
