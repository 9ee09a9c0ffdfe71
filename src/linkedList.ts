/**
 * An insertion-ordered, doubly linked list for values that enter and leave with every hop.
 *
 * The plain version is a `Set`. V8 replaces the hash table of a `Set` from time to time, and a
 * discarded table keeps the entries of its successors alive until the next full collection. A
 * removed node references no other node. `docs/adr/0006` has the measurements.
 */
export class LinkedList<T> implements Iterable<Node<T>> {
  #first: Node<T> | undefined;
  #last: Node<T> | undefined;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** The oldest value. */
  get first(): T | undefined {
    return this.#first?.value;
  }

  add(value: T): Node<T> {
    const node: Node<T> = { value, previous: this.#last, next: undefined };
    if (this.#last === undefined) this.#first = node;
    else this.#last.next = node;
    this.#last = node;
    this.#size++;
    return node;
  }

  /** Removes the oldest value. */
  shift(): T | undefined {
    const node = this.#first;
    if (node !== undefined) this.remove(node);
    return node?.value;
  }

  /** Removes a node. Returns false if it was removed before. */
  remove(node: Node<T>): boolean {
    const { previous, next } = node;
    if (previous === undefined && this.#first !== node) return false;
    if (previous === undefined) this.#first = next;
    else previous.next = next;
    if (next === undefined) this.#last = previous;
    else next.previous = previous;
    node.previous = node.next = undefined;
    this.#size--;
    return true;
  }

  /** Iterates over a copy, oldest node first. Nodes may be removed during the iteration. */
  [Symbol.iterator](): ArrayIterator<Node<T>> {
    const nodes: Node<T>[] = [];
    for (let node = this.#first; node !== undefined; node = node.next) nodes.push(node);
    return nodes.values();
  }
}

/** A value's place in a list. */
export interface Node<T> {
  readonly value: T;
  previous: Node<T> | undefined;
  next: Node<T> | undefined;
}
