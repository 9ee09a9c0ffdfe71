/** A connection of the sidecar. */
export interface Connection {
  /** Closes the connection: at once if no call runs, otherwise after its reply. */
  close(): void;
  /** Closes the connection at once. */
  destroy(): void;
}
