import { useEffect, useState } from 'preact/hooks';
import { messageOf, ProblemError } from '../../client/errors.ts';

/** The state of a request. `last` is the newest answer, also while the next one is awaited. */
export type Requested<Value> =
  | { readonly kind: 'loading'; readonly last: Value | undefined }
  | { readonly kind: 'ready'; readonly last: Value }
  | {
      readonly kind: 'failed';
      readonly last: Value | undefined;
      /** One line. */
      readonly problem: string;
      /** The status of the answer; undefined without an answer. */
      readonly status: number | undefined;
    };

/**
 * Sends a request when its key changes, and cancels the one before. The keys of equal requests are
 * equal.
 * @param key undefined sends none, and forgets the last answer
 */
export function useRequest<Value>(
  key: string | undefined,
  request: (signal: AbortSignal) => Promise<Value>,
): Requested<Value> {
  const [{ of, requested }, setState] = useState<KeyedState<Value>>(NO_REQUEST);
  useEffect(() => {
    if (key === undefined) {
      setState(NO_REQUEST);
      return undefined;
    }
    const stop = new AbortController();
    request(stop.signal).then(
      (last) => {
        if (!stop.signal.aborted) setState({ of: key, requested: { kind: 'ready', last } });
      },
      (error: unknown) => {
        if (stop.signal.aborted) return;
        const status = error instanceof ProblemError ? error.status : undefined;
        const failed = { kind: 'failed', problem: messageOf(error), status } as const;
        setState((state) => ({ of: key, requested: { ...failed, last: state.requested.last } }));
      },
    );
    return () => stop.abort();
  }, [key]);
  if (key === undefined) return LOADING;
  return of === key ? requested : { kind: 'loading', last: requested.last };
}

/** A state, and the key of its request. */
interface KeyedState<Value> {
  readonly of: string | undefined;
  readonly requested: Requested<Value>;
}

const LOADING = { kind: 'loading', last: undefined } as const;
const NO_REQUEST = { of: undefined, requested: LOADING } as const;
