import type { Log } from '../log.ts';
import { BatchResultError } from './batchResultError.ts';
import type { CallContext } from './context.ts';
import { describeError, isDeliberate } from './errorObject.ts';
import { locationOf } from './errorLocation.ts';
import type { Handle, HandleBatch } from './handle.ts';
import { Limiter } from './limiter.ts';
import { isFailure, type Failure, type Outcome } from './outcome.ts';
import { readList, readResult, type Stringify } from './result.ts';
import type { Tracing } from './tracing.ts';

/** The functions of an actor, ready to be called by any protocol. */
export interface Actor {
  /** Handles one payload. Never rejects. */
  call(payload: unknown, context: CallContext): Promise<Outcome>;
  /** Handles several payloads; returns one outcome for each, or the failure of the whole call. */
  callBatch(
    payloads: readonly unknown[],
    contexts: readonly CallContext[],
  ): Promise<readonly Outcome[] | Failure>;
}

export interface ActorOptions {
  readonly handle?: Handle | undefined;
  readonly handleBatch?: HandleBatch | undefined;
  /** The largest number of concurrent calls. */
  readonly concurrency: number;
  readonly stringify: Stringify;
  readonly tracing: Tracing | undefined;
  readonly log: Log;
}

/** Creates an actor. A payload without batches is a batch of one if there is no `handle`. */
export function createActor(options: ActorOptions): Actor {
  const { handle, handleBatch } = options;
  if (handle === undefined && handleBatch === undefined)
    throw new TypeError('serve() needs a function: handle, or handleBatch');
  return new FunctionActor(options);
}

class FunctionActor implements Actor {
  readonly #options: ActorOptions;
  readonly #limiter: Limiter;

  constructor(options: ActorOptions) {
    this.#options = options;
    this.#limiter = new Limiter(options.concurrency);
  }

  async call(payload: unknown, context: CallContext): Promise<Outcome> {
    const { handle } = this.#options;
    if (handle !== undefined) return this.#callHandle(handle, payload, context);
    const outcomes = await this.callBatch([payload], [context]);
    if (isFailure(outcomes)) return outcomes;
    return outcomes[0] ?? { payloads: [], isList: false };
  }

  async callBatch(
    payloads: readonly unknown[],
    contexts: readonly CallContext[],
  ): Promise<readonly Outcome[] | Failure> {
    const { handleBatch } = this.#options;
    if (payloads.length === 0) return [];
    if (handleBatch !== undefined) return this.#callHandleBatch(handleBatch, payloads, contexts);
    return Promise.all(contexts.map((context, index) => this.call(payloads[index], context)));
  }

  async #callHandle(handle: Handle, payload: unknown, context: CallContext): Promise<Outcome> {
    try {
      return await this.#run([context], async () =>
        readResult(await handle(payload, context), this.#options.stringify),
      );
    } catch (error) {
      return this.#fail(error, [context]);
    } finally {
      context.end();
    }
  }

  async #callHandleBatch(
    handleBatch: HandleBatch,
    payloads: readonly unknown[],
    contexts: readonly CallContext[],
  ): Promise<readonly Outcome[] | Failure> {
    try {
      return await this.#run(contexts, async () => {
        const results = await readList(await handleBatch([...payloads], contexts));
        checkCount(results, payloads.length);
        return Promise.all(
          contexts.map((context, index) => this.#readItem(results[index], context)),
        );
      });
    } catch (error) {
      return this.#fail(error, contexts);
    } finally {
      for (const context of contexts) context.end();
    }
  }

  /** Reads the result for one payload of a batch. It fails alone. */
  async #readItem(result: unknown, context: CallContext): Promise<Outcome> {
    try {
      const value = await result;
      if (value instanceof Error) return this.#fail(value, [context]);
      return await readResult(value, this.#options.stringify);
    } catch (error) {
      return this.#fail(error, [context]);
    }
  }

  /** Waits for its turn, then runs a call in a span of its trace. */
  #run<T>(contexts: readonly CallContext[], call: () => Promise<T>): Promise<T> {
    const { tracing } = this.#options;
    return this.#limiter.run(tracing === undefined ? call : () => tracing.run(contexts, call));
  }

  #fail(error: unknown, contexts: readonly CallContext[]): Failure {
    const described = describeError(error);
    // A deferral is not a failure.
    if (described.retry_after_ms !== undefined) return { error: described };
    const isExpected = isDeliberate(error) || described.retryable === true;
    this.#options.log(isExpected ? 'warn' : 'error', 'call failed', {
      ...envelopeFields(contexts),
      error: described.error,
      type: described.type,
      err: described.message,
      at: locationOf(error),
    });
    return { error: described };
  }
}

/** The ids in a line of the log. The others are only counted. */
const MAX_LOGGED_IDS = 16;

function envelopeFields(contexts: readonly CallContext[]): Readonly<Record<string, unknown>> {
  const [first] = contexts;
  if (contexts.length === 1) return { envelope_id: first?.id, attempt: first?.attempt };
  const ids = contexts.flatMap(({ id }) => (id === undefined ? [] : [id]));
  return {
    envelope_ids: ids.length === 0 ? undefined : ids.slice(0, MAX_LOGGED_IDS),
    batch_size: contexts.length,
  };
}

/** @throws {BatchResultError} */
function checkCount(
  results: readonly unknown[] | undefined,
  expected: number,
): asserts results is readonly unknown[] {
  if (results?.length === expected) return;
  const returned = results === undefined ? 'no list' : `${results.length} results`;
  throw new BatchResultError(`the batch function returned ${returned} for ${expected} payloads`);
}
