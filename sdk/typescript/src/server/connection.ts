/** A connection of the sidecar. */
export interface Connection {
  /** Whether a call runs, or its reply is being sent. */
  readonly isBusy: boolean;
  /** Closes the connection: at once if no call runs, otherwise after its reply. */
  close(): void;
  /** Closes the connection at once. */
  destroy(): void;
}
