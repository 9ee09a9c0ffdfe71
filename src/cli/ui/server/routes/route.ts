/**
 * A request that the page sends. A feature room exports a function that returns its routes;
 * `src/cli/ui/rooms.ts` collects the routes of all rooms for the server.
 *
 * The server has checked the token, the host and the origin before it calls `handle`. It answers a
 * `RequestError` with its status and a `Problem`; any other error is logged, and answered with 500.
 */
export interface Route {
  readonly method: 'GET' | 'POST';
  /**
   * Begins with `/api/`. A segment such as `:id` matches any text, which `request.parameter('id')`
   * returns.
   */
  readonly path: string;
  /**
   * Set if the route changes a queue: the verb for the log, such as `replay`. With `--read-only`,
   * the server refuses the request. Otherwise it logs one line when the answer ends.
   */
  readonly action?: string;
  /**
   * The longest body in bytes; a longer one is answered with 413.
   * @default 64 KiB
   */
  readonly maxBodyBytes?: number;
  /** @throws {RequestError} */
  handle(request: RouteRequest): Answer | Promise<Answer>;
}

export interface RouteRequest {
  /** The decoded text of a segment of the path. */
  readonly parameter: (name: string) => string;
  readonly query: URLSearchParams;
  /** The decoded JSON of a POST; undefined for a GET. See `Fields`. */
  readonly body: unknown;
  /** Aborts when the client has closed the connection, and when the server ends. */
  readonly closed: AbortSignal;
  /**
   * Adds to the log line of an action: first the messages that it concerns, later its result. Each
   * text is one clause, such as `3 messages of "error-end"` or `3 replayed, 0 left`.
   */
  readonly note: (text: string) => void;
}

/**
 * - `json`: one JSON text.
 * - `events`: NDJSON that the page reads as it arrives. The server adds an empty object as a
 *   heartbeat each 5 s.
 * - `file`: lines that the user saves.
 *
 * Validate a request before `handle` resolves, because the status is sent with the first line. An
 * error of `write` cuts the connection, so that the client notices it.
 */
export type Answer =
  | { readonly kind: 'json'; readonly value: unknown }
  | { readonly kind: 'events'; readonly write: (events: EventWriter) => Promise<void> }
  | { readonly kind: 'file'; readonly write: (lines: LineWriter) => Promise<void> };

/** Writes the events of a stream. */
export interface EventWriter {
  /**
   * Writes one value as a line of JSON. Resolves when the client has room for more, or has closed
   * the connection; await it, so that a slow client does not fill the memory. Never rejects.
   */
  write(event: object): Promise<void>;
}

/** Writes the lines of a file. */
export interface LineWriter {
  /** Writes a text that ends with a line end. See `EventWriter.write`. */
  write(text: string): Promise<void>;
}
