/**
 * `POST /api/errors/looks` with a `LookRequest`: reads the queue once, and keeps an index of its
 * messages, without their bodies. All requests below refer to this index, so that a page shows one
 * state of the queue until the user refreshes it. The server keeps the last two looks at each
 * queue; a request that refers to an older one is answered with 404. A request waits while another
 * one looks at the queue; while an action runs, it is answered with 409, which names the action.
 */
export interface LookRequest {
  /** Whether to read error-end's parked queue. */
  readonly isParked: boolean;
}

/** `GET /api/errors/looks/ID` returns it again. */
export interface Look {
  readonly id: string;
  readonly queue: string;
  /** RFC 3339; the start of the look. */
  readonly asOf: string;
  /** The number of messages in the index. */
  readonly count: number;
  /** What the index does not contain, and why; one line. */
  readonly gap?: string;
  /** Where discarded messages are stored: an absolute path on the server. */
  readonly archiveFolder: string;
  /** The values of all messages, for the filters; at most 1,000 each. */
  readonly actors: readonly string[];
  readonly codes: readonly string[];
}

/**
 * `GET /api/errors/looks/ID/arrived`: the number of messages that have arrived since the look, from
 * the last count of the queue. The queue is not read.
 */
export interface Arrived {
  /** Absent when it is not known, for example while an action runs. */
  readonly count?: number;
}

/** A message must match each member. An absent member matches every message. */
export interface ErrorFilter {
  readonly actor?: string;
  readonly code?: string;
  /** A part of the first 500 characters of the error text, or of an id, in any case. */
  readonly text?: string;
  /** The id of an envelope or of a journey. */
  readonly id?: string;
  /** RFC 3339; failed at this time or later. */
  readonly since?: string;
  /** RFC 3339; failed before this time. */
  readonly until?: string;
  /** The `key` of a group. */
  readonly group?: string;
}

/** `GET /api/errors/looks/ID/groups`, with an `ErrorFilter` as its query; the largest first. */
export interface ErrorGroups {
  /** The number of messages that match and are in the queue. */
  readonly count: number;
  /** The number of groups. */
  readonly total: number;
  /** At most the 500 largest ones. */
  readonly groups: readonly ErrorGroup[];
}

export interface ErrorGroup {
  /** The same in each look. */
  readonly key: string;
  readonly actor?: string;
  readonly code?: string;
  readonly text: string;
  /** The number of messages in the queue; 0 when all of them are gone. */
  readonly count: number;
  /** The number of messages that are not in the queue any more; absent for 0. */
  readonly gone?: number;
  /** RFC 3339 */
  readonly first?: string;
  readonly last?: string;
}

/**
 * `GET /api/errors/looks/ID/rows` with an `ErrorFilter`, `offset` and `limit` as its query. `limit`
 * is 100 by default, and at most 1,000.
 */
export interface ErrorRows {
  /** The number of messages that match, including those that are gone. */
  readonly count: number;
  /** In the order of the queue. */
  readonly rows: readonly ErrorRow[];
}

export interface ErrorRow {
  /** The position in the index, from 0. */
  readonly row: number;
  readonly id: string;
  readonly journey: string;
  readonly actor?: string;
  readonly code?: string;
  /** At most 500 characters. */
  readonly text: string;
  readonly attempt?: number;
  /** RFC 3339; the time of the publish if the message does not contain that of the failure. */
  readonly failedAt?: string;
  readonly sizeBytes: number;
  /**
   * Set when the message is not in the queue any more: after an action of this page, or `missing`
   * when a later request did not find it, because another process has removed or holds it.
   */
  readonly gone?: 'replayed' | 'discarded' | 'missing';
}

/**
 * `GET /api/errors/looks/ID/rows/ROW`: one message, read again by a look that ends at it; 410 if it
 * is gone. `text`, `payload` and `body` are whole, whatever their size; the `sizeBytes` of the row
 * is known before the request. JSON texts have the digits, the order and the spaces of the message.
 */
export interface ErrorMessage extends ErrorRow {
  readonly type?: string;
  readonly traceback?: string;
  readonly route?: { readonly actors: readonly string[]; readonly current: number };
  /** JSON text of the original; absent when it has none, or is not an envelope. */
  readonly headers?: string;
  readonly payload?: string;
  /** The bytes of a message that is not an envelope: as text, or in base64. */
  readonly body?: string;
  readonly bodyBase64?: string;
  /** The properties that the producer set. */
  readonly properties?: Readonly<Record<string, unknown>>;
  /** Why error-end has parked the message. */
  readonly parked?: { readonly code: string; readonly text: string };
  /** The actor to which a replay without edits sends the original. */
  readonly to?: string;
  /** Why the message cannot be replayed. */
  readonly lost?: string;
}

/**
 * The messages of an action: some rows of the index, or all that match a filter. Those that are
 * gone are left out of a filter, and are missing among rows.
 */
export type Selection = { readonly rows: readonly number[] } | { readonly filter: ErrorFilter };

/**
 * `POST /api/errors/looks/ID/replay`; the answer is NDJSON of `ActionEvent`. Only messages of the
 * index are replayed. Closing the connection stops the action before its next message;
 * `POST /api/errors/looks/ID/stop` does so too, and then the answer has its end.
 */
export interface ReplayRequest {
  readonly selection: Selection;
  readonly edits?: ReplayEdits;
  /** Sends one message first, and the others when its journey has reached happy-end. */
  readonly canary?: boolean;
  /** Messages per second: an integer up to 10,000, or a part of one down to 1/300. */
  readonly rate?: number;
}

export interface ReplayEdits {
  /**
   * The new payload as JSON text. Refused with 400 when the selection has several messages, because
   * all of them would get the same payload.
   */
  readonly payload?: string;
  /** Moves the envelope to an actor of its route. */
  readonly to?: string;
  /** Replaces the route; the envelope goes to the first actor. */
  readonly route?: readonly string[];
}

/**
 * `POST /api/errors/looks/ID/discard`; the answer is NDJSON of `ActionEvent`. Each message is
 * removed after its line in the archive file on the server is on disk.
 */
export interface DiscardRequest {
  readonly selection: Selection;
}

/**
 * `POST /api/errors/looks/ID/export`; the answer is the lines of `errors export`, one for each
 * message that was found. The connection is cut when a consumer holds messages.
 */
export interface ExportRequest {
  readonly selection: Selection;
}

/** A line of the answer to an action. The last one has `end`. An empty object is a heartbeat. */
export type ActionEvent =
  /** Sent at most every 200 ms. `left` messages could not be handled and stay in the queue. */
  | { readonly progress: { readonly done: number; readonly left: number; readonly total: number } }
  | { readonly canary: CanaryState }
  /** What the action waits for, such as the connection to the broker; null when it continues. */
  | { readonly waitsFor: string | null }
  /** A message that stays in the queue, and why; at most the first 100. */
  | { readonly left: { readonly row: number; readonly id: string; readonly reason: string } }
  | { readonly end: ActionEnd }
  | Readonly<Record<string, never>>;

export interface CanaryState {
  readonly state: 'sent' | 'passed' | 'failed' | 'no_answer' | 'stopped';
  readonly id: string;
  readonly text: string;
}

export interface ActionEnd {
  /** `stopped`: by the user, or because the canary did not pass. */
  readonly kind: 'done' | 'stopped' | 'failed';
  readonly done: number;
  /** Messages of the selection that stay in the queue. */
  readonly left: number;
  /** Messages of the selection that were not found in the queue. */
  readonly missing: number;
  /** One line; the cause for `failed`. */
  readonly text: string;
  /** The archive of a discard: its path on the server. */
  readonly file?: string;
}
