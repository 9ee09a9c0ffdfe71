import type { Call, CallReply } from '../runtime.ts';

/** A connection to the runtime. It carries one call at a time. */
export interface Connection {
  /** Sends a call and resolves with its reply. Starts synchronously; never rejects. */
  exchange(call: Call): Promise<Exchange>;
  /** Whether the connection can carry another call. */
  isOpen(): boolean;
  /** Closes the connection. A running call ends as crashed. */
  close(): void;
}

/** The result of one call. */
export interface Exchange {
  readonly reply: CallReply;
  /** The runtime cannot have started the call, so it may be sent on another connection. */
  readonly safeToResend?: boolean;
  /**
   * The runtime refused the connection before a byte of the reply: it sent a TLS alert, for example
   * because of the client's certificate. It has not processed the call.
   */
  readonly refusal?: Error | undefined;
  /** How long the runtime keeps the idle connection, in milliseconds, if it announced it. */
  readonly keepAliveMs?: number;
}

export interface ConnectionEvents {
  /** Called once, before the last exchange resolves, whichever side closed the connection. */
  onClose(): void;
  /** Called for each chunk that the runtime sent. */
  onData(): void;
  /** Called when the runtime sent bytes without a request. The connection is closed. */
  onUnexpectedData(sizeBytes: number): void;
}
