import type { Envelope } from '../envelope/envelope.ts';
import type { Fault } from '../faults.ts';
import type { RawObject } from '../envelope/json/json.ts';

/** The port to the process that runs the actor's code. */
export interface Runtime {
  /**
   * Makes one round trip. Starts synchronously, so that the caller's asynchronous context is the
   * call's, and never rejects for what the runtime did. Once it has answered, no socket writes the
   * request's bytes any more.
   */
  call(request: Request): Promise<Reply>;
  /** Lets go of every connection; calls on their way end as crashed. */
  close(): Promise<void>;
}

export interface Request {
  readonly envelope: Envelope;
  readonly actor: string;
  /** 1 for the first. */
  readonly attempt: number;
  /**
   * How long the reply may take once the call has its slot, in milliseconds. The envelope's
   * deadline is a point in time, and ends the call as well.
   */
  readonly timeoutMs: number;
  /**
   * `traceparent`, `tracestate` and `baggage` of the hop, or of the call's own span, for protocols
   * that can carry them. Undefined: the envelope's own header is not valid for this call.
   */
  readonly context: Readonly<Record<string, string | undefined>>;
}

export type Reply =
  /** No item: an empty reply. One: the payload goes on. More: a fan-out. */
  | { readonly kind: 'answered'; readonly items: readonly Item[]; readonly sizeBytes: number }
  /**
   * `retryable`: the runtime itself says that another attempt may end otherwise. `goesOn`, of a
   * call that timed out: the runtime is still at it.
   */
  | {
      readonly kind: 'failed';
      readonly fault: Fault;
      readonly retryable: boolean;
      readonly stillRunning?: Promise<LateEnd>;
    }
  /** The runtime asks for the same envelope again, later. */
  | { readonly kind: 'deferred'; readonly fault: Fault; readonly afterMs: number }
  /** The runtime was not reached, and has seen nothing of the request. */
  | { readonly kind: 'absent'; readonly reason: string };

/**
 * How a call ends that nobody waits for any more: with a reply, which is dropped, or with its
 * connection.
 */
export type LateEnd = 'answered' | 'closed';

/** One envelope to be, as the runtime answered it. */
export interface Item {
  /** Valid JSON, byte for byte as the runtime wrote it. */
  readonly payload: Buffer;
  /** The protocol `envelope` only: the runtime has moved the route itself. */
  readonly route?: ReturnedRoute;
  /** The protocol `envelope` only: headers that replace the envelope's own. */
  readonly headers?: RawObject;
}

export interface ReturnedRoute {
  /** The route, byte for byte as the runtime wrote it. */
  readonly bytes: Buffer;
  readonly actors: readonly string[];
  /** Outside of `actors`: the journey ends happily. */
  readonly current: number;
}

/** Whether the runtime can be called; reported at once when opened and at every change. */
export type RuntimeState =
  | { readonly ready: true }
  | { readonly ready: false; readonly reason: string };

/** A wrapper around a runtime: slots, time-out, telemetry. */
export type RuntimeLayer = (next: Runtime) => Runtime;
