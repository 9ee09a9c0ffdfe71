import { hash } from 'node:crypto';
import { truncatedCopy } from '../../../../unicode.ts';
import { MIB } from '../../../../units.ts';
import {
  timeOfFailure,
  type FailedMessage,
  type FailedRoute,
} from '../../../failures/failedMessage.ts';

/** The messages with the same actor, fault code and error text, as `errors list` groups them. */
export interface IndexedGroup {
  /** The same in each look. */
  readonly key: string;
  readonly actor: string | undefined;
  readonly code: string | undefined;
  /** At most `MAX_TEXT_LENGTH` characters of the text. */
  readonly text: string;
}

/** What an index keeps of a message. */
export interface IndexedError {
  /** The position in the index, from 0. */
  readonly row: number;
  readonly id: string;
  readonly journey: string;
  readonly group: IndexedGroup;
  readonly attempt: number | undefined;
  /** In milliseconds since the epoch. */
  readonly timeMs: number | undefined;
  readonly sizeBytes: number;
  readonly route: IndexedRoute | undefined;
  /** See `IdentifyFailed`. */
  readonly identity: string;
  /** Set when the message is not in the queue any more. */
  gone: Gone | undefined;
}

export type IndexedRoute = Pick<FailedRoute, 'actors' | 'current'>;

/** `missing`: another process has removed it. */
export type Gone = 'replayed' | 'discarded' | 'missing';

/** The size of a message, and its identity; see `IdentifyFailed`. */
export interface ReadMessage {
  readonly identity: string;
  readonly sizeBytes: number;
}

export interface IndexLimits {
  readonly messages: number;
  /** The sum of all texts, in UTF-16 code units. */
  readonly textLength: number;
}

export const INDEX_LIMITS: IndexLimits = { messages: 200_000, textLength: 64 * MIB };

const MAX_TEXT_LENGTH = 500;

/** A longer route is not kept. */
const MAX_ROUTE_BYTES = 1_000;

/** The messages of one look at a queue, in order and without their bodies. */
export class ErrorIndex {
  readonly #limits: IndexLimits;
  readonly #rows: IndexedError[] = [];
  readonly #groups = new Map<string, IndexedGroup>();
  readonly #routes = new Map<string, IndexedRoute>();
  #textLength = 0;

  constructor(limits: IndexLimits = INDEX_LIMITS) {
    this.#limits = limits;
  }

  get rows(): readonly IndexedError[] {
    return this.#rows;
  }

  get groups(): Iterable<IndexedGroup> {
    return this.#groups.values();
  }

  get routes(): Iterable<IndexedRoute> {
    return this.#routes.values();
  }

  /** Whether no further message has room. */
  get isFull(): boolean {
    const { messages, textLength } = this.#limits;
    return this.#rows.length >= messages || this.#textLength >= textLength;
  }

  /**
   * The number of messages from the start of the queue among which this row is found, unless the
   * broker has changed the order. A look that reads no more holds no more.
   */
  reachOf(row: number): number {
    let count = 0;
    for (const error of this.#rows.slice(0, row + 1)) if (error.gone === undefined) count++;
    return Math.max(count, 1);
  }

  /** Adds a message. Has no effect when the index is full. */
  add(message: FailedMessage, { identity, sizeBytes }: ReadMessage): void {
    if (this.isFull) return;
    const { id, journey, attempt } = message;
    this.#textLength += id.length + (journey === id ? 0 : journey.length);
    this.#rows.push({
      row: this.#rows.length,
      id,
      journey: journey === id ? id : journey,
      group: this.#groupOf(message),
      attempt,
      timeMs: timeOfFailure(message),
      sizeBytes,
      route: this.#routeOf(message),
      identity,
      gone: undefined,
    });
  }

  #groupOf({ actor, code, text }: FailedMessage): IndexedGroup {
    const key = hash('sha256', JSON.stringify([actor, code, text]), 'base64url').slice(
      0,
      KEY_LENGTH,
    );
    const known = this.#groups.get(key);
    if (known !== undefined) return known;
    const group = { key, actor, code, text: truncatedCopy(text, MAX_TEXT_LENGTH) };
    this.#groups.set(key, group);
    this.#textLength += group.text.length + (actor?.length ?? 0) + (code?.length ?? 0);
    return group;
  }

  #routeOf({ route }: FailedMessage): IndexedRoute | undefined {
    if (route === undefined || route.json.length > MAX_ROUTE_BYTES) return undefined;
    const { actors, current } = route;
    const key = JSON.stringify([actors, current]);
    const known = this.#routes.get(key);
    if (known !== undefined) return known;
    const added = { actors, current };
    this.#routes.set(key, added);
    this.#textLength += 2 * key.length;
    return added;
  }
}

/** 132 bits */
const KEY_LENGTH = 22;
