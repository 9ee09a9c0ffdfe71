import type { Envelope } from '../envelope/envelope.ts';
import type { RawObject } from '../envelope/json/json.ts';
import type { Fault } from '../faults.ts';

/** The port to the process that runs the actor's code. */
export interface Runtime {
  /**
   * Makes one call. It starts synchronously, in the asynchronous context of its caller. A failure
   * of the runtime is a reply, not a rejection. After it resolves, the bytes of the request are no
   * longer written to any socket.
   */
  call(request: Request): Promise<Reply>;
  /** Closes every connection. Running calls end as crashed. */
  close(): Promise<void>;
}

export interface Request {
  readonly envelope: Envelope;
  /**
   * The batch of the request, once it has its slot. Undefined if calls are no batches. All requests
   * of a batch have the same object.
   */
  readonly batch?: Batch | undefined;
  readonly actor: string;
  /** Counted from 1. */
  readonly attempt: number;
  /** The envelope has been deferred as often as it may be: another deferral is a failure. */
  readonly isLastDeferral?: boolean;
  /**
   * The longest time to wait for the reply, in milliseconds, measured from the moment at which the
   * call has its slot. The envelope's deadline, a point in time, limits the call as well.
   */
  readonly timeoutMs: number;
  /**
   * `traceparent`, `tracestate` and `baggage` of the call, for the protocols that carry them. A
   * header whose value is undefined is removed from the envelope that the runtime receives.
   */
  readonly context: Readonly<Record<string, string | undefined>>;
}

/** Requests that share a call. Each passes the layers that follow the slot by itself. */
export interface Batch {
  /** The number of requests that have the slot. Those that end before the call are not sent. */
  readonly size: number;
}

export type Reply = Answered | Unanswered;

/** No item is an empty reply; several items are a fan-out. */
export interface Answered {
  readonly kind: 'answered';
  readonly items: readonly Item[];
  readonly sizeBytes: number;
}

/** A reply without payloads, of one hop or of a whole call. */
export type Unanswered =
  | {
      readonly kind: 'failed';
      readonly fault: Fault;
      /** The runtime marked the error as retryable. */
      readonly retryable: boolean;
      /** The call was a probe of the circuit breaker: its attempt is not counted. */
      readonly isProbe?: boolean;
      /**
       * The call was shared with other requests, and no call of its own follows: the attempt is not
       * counted.
       */
      readonly isShared?: boolean;
      /** Set if the call timed out and the runtime still works on it. */
      readonly lateCompletion?: Promise<LateCompletion>;
    }
  /** The runtime asks to receive the same envelope again after a delay. */
  | { readonly kind: 'deferred'; readonly fault: Fault; readonly afterMs: number }
  /**
   * The message is given back. Without a cause, the runtime was not reached and has received nothing
   * of the request.
   */
  | { readonly kind: 'absent'; readonly reason: string; readonly cause?: AbsenceCause };

/** Why a call has no reply although the runtime may be reachable. */
export type AbsenceCause = 'breaker' | 'rate_limit' | 'draining';

/** How a call ends after its timeout: with a reply, which is dropped, or with its connection. */
export type LateCompletion = 'answered' | 'closed';

/** One payload of a reply. It becomes one envelope. */
export interface Item {
  /** Valid JSON, byte for byte as the runtime wrote it. */
  readonly payload: Buffer;
  /** The route that the runtime returned. Protocol `envelope` only. */
  readonly route?: ReturnedRoute;
  /** Headers that replace those of the envelope. Protocol `envelope` only. */
  readonly headers?: RawObject;
}

export interface ReturnedRoute {
  /** The route, byte for byte as the runtime wrote it. */
  readonly bytes: Buffer;
  readonly actors: readonly string[];
  /** An index outside `actors` means happy-end. */
  readonly current: number;
}

/** Whether the runtime can be called. Reported once at the start, and at each change. */
export type RuntimeState =
  | { readonly ready: true }
  | { readonly ready: false; readonly reason: string };

/** Wraps a runtime, for example to limit its concurrency or to create spans. */
export type RuntimeLayer = (next: Runtime) => Runtime;

/** The port to the runtime's connections. It makes calls of one or several requests. */
export interface RuntimeClient {
  /**
   * Makes one call. It starts synchronously, in the asynchronous context of its caller. A failure
   * of the runtime is a reply, not a rejection.
   */
  send(call: Call): Promise<CallReply>;
  /** Closes every connection. Running calls end as crashed. */
  close(): Promise<void>;
}

/** One call on a connection. */
export interface Call {
  /** The request of each hop; at least one. */
  readonly requests: readonly [Request, ...Request[]];
  /**
   * The batch of the requests: the payloads are sent as an array, also if there is one. Undefined
   * for a call of one payload without an array.
   */
  readonly batch: Batch | undefined;
  readonly actor: string;
  /** The longest time to wait for the reply, in milliseconds. */
  readonly timeoutMs: number;
  /**
   * The point in time at which the last hop stops to wait, in milliseconds since the epoch.
   * Undefined if a hop has no deadline.
   */
  readonly deadlineMs: number | undefined;
  /** The trace context of the call, as in `Request`. */
  readonly context: Request['context'];
}

/** The replies to the requests of a call, or the failure of the whole call. */
export type CallReply =
  | {
      readonly kind: 'answered';
      /** One for each request, in their order. */
      readonly replies: readonly Reply[];
      readonly sizeBytes: number;
    }
  | Unanswered;

/** Wraps a client, for example to limit the time of its calls or to measure them. */
export type RuntimeClientLayer = (next: RuntimeClient) => RuntimeClient;
