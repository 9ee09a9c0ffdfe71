/** An envelope that this page sent or replayed. */
export interface PublishedEnvelope {
  readonly id: string;
  readonly journey: string;
  /** The actor that it was sent to. */
  readonly actor: string;
  /** A time before its publish, in milliseconds since the epoch. */
  readonly atMs: number;
}

const MAX_ENVELOPES = 10_000;

/**
 * The last envelopes that this page sent or replayed. Their publishes are in no trace and are no
 * hops, so that without them a journey would be unknown, or failed, until its next hop has ended.
 */
export class PublishedEnvelopes {
  readonly #byId = new Map<string, PublishedEnvelope>();

  add(published: PublishedEnvelope): void {
    this.#byId.delete(published.id);
    this.#byId.set(published.id, published);
    const [oldest] = this.#byId.keys();
    if (oldest !== undefined && this.#byId.size > MAX_ENVELOPES) this.#byId.delete(oldest);
  }

  /** @param id that of the journey, or of an envelope of it */
  ofJourney(id: string): readonly PublishedEnvelope[] {
    const journey = this.#byId.get(id)?.journey ?? id;
    return [...this.#byId.values()].filter((published) => published.journey === journey);
  }
}
