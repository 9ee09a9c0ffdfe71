export type Protocol = 'payload' | 'http' | 'envelope';

/** What a runtime may do beyond the protocol. A case that needs more is skipped. */
export type Feature =
  /** Answers many requests on one connection. */
  | 'keeps connections'
  /** Serves a connection while another one is open. */
  | 'serves connections concurrently'
  /** Runs calls at the same time. */
  | 'runs calls concurrently'
  /** An actor can ask for another attempt. */
  | 'retries'
  /** An actor can ask for a delay that counts no attempt. */
  | 'defers'
  /** An actor can choose the code of its error. */
  | 'names error codes'
  /** An error has the names of its base classes. */
  | 'reports base classes'
  /** A result without a JSON form, such as NaN, is an error of the call. */
  | 'checks results'
  /** An error without a text, or with an invalid one, is reported. */
  | 'reports any error'
  /** Integers above 2^53 are exact. */
  | 'exact integers'
  /** An actor may return a generator. */
  | 'generators'
  /** An actor receives the context of its call. */
  | 'passes a context'
  /** Bytes that are not a request are answered with an error, or end the connection. */
  | 'rejects bad requests'
  /** A GET is answered with 200 while the runtime serves. */
  | 'answers health checks'
  /** `payload` and `http` share a socket. */
  | 'shares the socket'
  /** An actor handles the payloads of a batch in one call. */
  | 'handles whole batches'
  /** An actor handles each payload of a batch in a call of its own. */
  | 'runs the payloads of a batch concurrently'
  /** The socket has the mode 0660. */
  | 'restricts the socket'
  /** The file `runtime-ready` exists while the runtime serves. */
  | 'writes a ready file'
  /** A running call is answered after SIGTERM. */
  | 'finishes calls'
  /** Nothing is left in the folder of the socket after SIGTERM. */
  | 'removes its files';

/** Starts a runtime for the conformance suite. */
export interface Adapter {
  readonly name: string;
  readonly protocols: readonly Protocol[];
  readonly features: ReadonlySet<Feature>;
  /** Why the runtime is not available here; undefined if it is. */
  readonly absence?: string;
  /** @param folder of the socket, for files of the runtime */
  command(protocol: Protocol, folder: string): Command;
}

export interface Command {
  readonly command: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string>>;
}
