import type { Envelope } from '../../envelope/envelope.ts';
import { deadlineExceeded } from '../reply/failedReply.ts';
import type { Batch, Call, CallReply, Reply, Request, Runtime, RuntimeClient } from '../runtime.ts';
import { Turn } from './turn.ts';

/**
 * A batch that has its slot. Each item passes its own layers, and joins the call or leaves without
 * it. The call is made when no item is missing.
 */
export class FormedBatch implements Batch {
  readonly size: number;
  readonly #items: readonly BatchItem[];
  readonly #byEnvelope: ReadonlyMap<Envelope, BatchItem>;
  readonly #ended = Promise.withResolvers<CallReply | undefined>();
  #missing: number;
  #client: RuntimeClient | undefined;

  /** @param requests in the order of the call; each with an envelope of its own */
  constructor(requests: readonly Request[]) {
    this.size = requests.length;
    this.#missing = requests.length;
    this.#items = requests.map(() => new BatchItem());
    this.#byEnvelope = new Map(
      requests.map(({ envelope }, index) => [envelope, this.#items[index] ?? new BatchItem()]),
    );
  }

  /** Resolves when the call has ended; to undefined if every item has left. */
  get ended(): Promise<CallReply | undefined> {
    return this.#ended.promise;
  }

  /** The turns of the items to be called alone, in their order, after the call has ended. */
  get turns(): readonly Turn[] {
    return this.#items.map(({ turn }) => turn).filter((turn) => turn !== undefined);
  }

  /** The turn of an item; undefined if its reply is its own. */
  turnOf({ envelope }: Request): Turn | undefined {
    return this.#byEnvelope.get(envelope)?.turn;
  }

  /** Adds an item to the call and resolves with its reply. */
  join(request: Request, client: RuntimeClient): Promise<Reply> {
    const item = this.#byEnvelope.get(request.envelope);
    if (item === undefined) throw new Error('the batch does not contain the request');
    this.#client = client;
    const reply = item.join(request, this.size > 1);
    this.#countArrival();
    return reply;
  }

  /** Calls the layers of an item. An item whose layers return early leaves the batch. */
  async callItem(next: Runtime, request: Request): Promise<Reply> {
    try {
      return await next.call({ ...request, batch: this });
    } catch (error) {
      this.turnOf(request)?.end();
      throw error;
    } finally {
      if (this.#byEnvelope.get(request.envelope)?.leave() === true) this.#countArrival();
    }
  }

  #countArrival(): void {
    if (--this.#missing === 0) void this.#send(this.#items.filter((item) => item.isWaiting));
  }

  async #send(joined: readonly BatchItem[]): Promise<void> {
    const [first, ...others] = joined
      .map(({ request }) => request)
      .filter((it) => it !== undefined);
    if (first === undefined || this.#client === undefined) return this.#ended.resolve(undefined);
    try {
      const reply = await this.#client.send(callOf([first, ...others], this));
      settle(joined, reply);
      this.#ended.resolve(reply);
    } catch (error) {
      for (const item of joined) item.reject(error);
      this.#ended.resolve(undefined);
    }
  }
}

/** One item, which joins or leaves once. */
class BatchItem {
  /** The request that has joined. */
  request: Request | undefined;
  turn: Turn | undefined;
  readonly #reply = Promise.withResolvers<Reply>();
  #state: 'missing' | 'waiting' | 'gone' = 'missing';
  #timer: NodeJS.Timeout | undefined;

  /** Whether the item waits for the reply of the call. */
  get isWaiting(): boolean {
    return this.#state === 'waiting';
  }

  join(request: Request, hasNeighbours: boolean): Promise<Reply> {
    this.request = request;
    this.#state = 'waiting';
    if (hasNeighbours) this.#leaveAtDeadline(request);
    return this.#reply.promise;
  }

  /** Returns whether the item was missing. */
  leave(): boolean {
    const wasMissing = this.#state === 'missing';
    this.#state = 'gone';
    return wasMissing;
  }

  resolve(reply: Reply): void {
    clearTimeout(this.#timer);
    this.#state = 'gone';
    this.#reply.resolve(reply);
  }

  reject(error: unknown): void {
    clearTimeout(this.#timer);
    this.#reply.reject(error);
  }

  /** The call continues for the other items. A deadline after the timeout has no effect. */
  #leaveAtDeadline({ envelope, timeoutMs }: Request): void {
    const { deadlineMs = Number.POSITIVE_INFINITY } = envelope.headers;
    const leftMs = deadlineMs - Date.now();
    if (leftMs >= timeoutMs) return;
    const late = deadlineExceeded('the deadline passed during the call');
    this.#timer = setTimeout(() => this.resolve(late), leftMs);
  }
}

function settle(joined: readonly BatchItem[], reply: CallReply): void {
  for (const [index, item] of joined.entries()) {
    if (!item.isWaiting) continue;
    if (joined.length > 1 && isUndecided(reply, item.request)) item.turn = new Turn();
    item.resolve(reply.kind === 'answered' ? replyAt(reply.replies, index) : reply);
  }
}

/**
 * Whether the reply to the whole call would fail an item that may not be its cause. Each deadline
 * is an item's own. A deferral applies to all items until it would fail one of them.
 */
function isUndecided(reply: CallReply, request: Request | undefined): boolean {
  if (reply.kind === 'deferred') return request?.isLastDeferral === true;
  return reply.kind === 'failed' && reply.fault.code !== 'deadline_exceeded';
}

function replyAt(replies: readonly Reply[], index: number): Reply {
  const reply = replies[index];
  if (reply === undefined) throw new Error('the client has returned too few replies');
  return reply;
}

/** A call of several requests has no trace context: each request has its own. */
function callOf(requests: Call['requests'], batch: Batch): Call {
  const [first] = requests;
  const { actor, timeoutMs } = first;
  const deadlines = requests.map(({ envelope }) => envelope.headers.deadlineMs);
  const deadlineMs = deadlines.every((it) => it !== undefined) ? Math.max(...deadlines) : undefined;
  const context = requests.length === 1 ? first.context : {};
  return { requests, batch, actor, timeoutMs, deadlineMs, context };
}
