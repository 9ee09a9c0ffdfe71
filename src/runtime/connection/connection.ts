import type { Reply, Request } from '../runtime.ts';

/** A connection to the runtime. It carries one request at a time. */
export interface Connection {
  /** Sends a request and resolves with its reply. Starts synchronously; never rejects. */
  exchange(request: Request): Promise<Exchange>;
  /** Whether the connection can carry another request. */
  isOpen(): boolean;
  /** Closes the connection. A running request ends as crashed. */
  close(): void;
}

/** The result of one request. */
export interface Exchange {
  readonly reply: Reply;
  /** The runtime cannot have started the request, so it may be sent on another connection. */
  readonly safeToResend?: boolean;
}

export interface ConnectionEvents {
  /** Called once, before the last exchange resolves, whichever side closed the connection. */
  onClose(): void;
  /** Called for each chunk that the runtime sent. */
  onData(): void;
  /** Called when the runtime sent bytes without a request. The connection is closed. */
  onUnexpectedData(sizeBytes: number): void;
}
