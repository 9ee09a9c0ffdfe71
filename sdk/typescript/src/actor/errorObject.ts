import { inspect } from 'node:util';
import { BatchResultError } from './batchResultError.ts';
import { encodeJson } from './jsonText.ts';
import { Reject } from './reject.ts';
import { Retry } from './retry.ts';

/** The error of a call as the protocols carry it (docs/runtime-protocols.md). */
export interface ErrorObject {
  readonly error: string;
  readonly message: string;
  /** The class of the error; the code of a `Reject`. */
  readonly type?: string;
  /** Its base classes, the nearest one first; of a `Reject`, its class and base classes. */
  readonly mro?: readonly string[];
  /** The stack, with causes and the errors of an `AggregateError`. */
  readonly traceback?: string;
  readonly details?: unknown;
  readonly retryable?: boolean;
  readonly retry_after_ms?: number;
}

/** Describes whatever an actor has thrown. Never throws, whatever the getters of the error do. */
export function describeError(error: unknown): ErrorObject {
  try {
    return describe(error);
  } catch {
    return { error: PROCESSING_ERROR, message: 'an error that cannot be read was thrown' };
  }
}

/** Creates an error that the kit itself reports. */
export function kitError(error: string, message: string): ErrorObject {
  return { error, message };
}

const PROCESSING_ERROR = 'processing_error';

function describe(error: unknown): ErrorObject {
  const code = error instanceof Reject ? error.code : PROCESSING_ERROR;
  return {
    error: code,
    message: messageOf(error),
    ...classesOf(error),
    ...(isOfNoPlace(error) ? {} : { traceback: inspected(error) }),
    ...(error instanceof Reject ? detailsOf(error) : {}),
    ...retryOf(error),
  };
}

/** The place of a deliberate error, or of one of the kit, is of no use without its cause. */
function isOfNoPlace(error: unknown): boolean {
  if (error instanceof BatchResultError) return true;
  return isDeliberate(error) && error.cause === undefined;
}

/** Reports whether an actor has thrown the error on purpose. */
export function isDeliberate(error: unknown): error is Retry | Reject {
  return error instanceof Retry || error instanceof Reject;
}

/** Errors of other classes request a retry by `retryable`, or by `retryAfter` in seconds. */
function retryOf(error: unknown): Partial<ErrorObject> {
  const after = error instanceof Retry ? error.after : read(error, 'retryAfter');
  if (typeof after === 'number' && Number.isFinite(after) && after >= 0)
    return { retry_after_ms: Math.ceil(after * 1000) };
  const isRetryable = error instanceof Retry || read(error, 'retryable') === true;
  return isRetryable ? { retryable: true } : {};
}

function detailsOf({ details }: Reject): Partial<ErrorObject> {
  if (details === undefined) return {};
  try {
    encodeJson(details);
    return { details };
  } catch (error) {
    return { details: `details omitted: ${messageOf(error)}` };
  }
}

/** In characters. The sidecar keeps 32 KiB. */
const MAX_TEXT_LENGTH = 64 * 1024;

function messageOf(error: unknown): string {
  if (typeof error === 'string') return error.slice(0, MAX_TEXT_LENGTH);
  const message = read(error, 'message');
  if (typeof message === 'string' && !(message === '' && error instanceof AggregateError))
    return message.slice(0, MAX_TEXT_LENGTH);
  const errors = read(error, 'errors');
  if (error instanceof AggregateError && Array.isArray(errors))
    return `${errors.length} errors: ${errors.slice(0, 3).map(messageOf).join('; ')}`;
  return error instanceof Error ? 'the error has no message' : `thrown: ${inspected(error)}`;
}

/** The stack of an error with its causes, or the text of any other value. */
function inspected(value: unknown): string {
  try {
    return inspect(value, { depth: 3 }).slice(0, MAX_TEXT_LENGTH);
  } catch {
    const stack = read(value, 'stack');
    return typeof stack === 'string' ? stack : 'a value that cannot be inspected';
  }
}

/** The longest chain of base classes. */
const MAX_CLASSES = 32;

type Classes = { readonly type: string; readonly mro: readonly string[] };

function classesOf(error: unknown): Classes {
  const classes = prototypesOf(error);
  // The sidecar's logs and commands name an error by its type.
  if (!(error instanceof Reject)) return classes;
  return { type: error.code, mro: [classes.type, ...classes.mro] };
}

function prototypesOf(error: unknown): Classes {
  if (typeof error !== 'object' || error === null)
    return { type: error === null ? 'null' : typeof error, mro: [] };
  const classes = prototypeNames(error);
  const name = error instanceof Error ? read(error, 'name') : undefined;
  // An error may have a name that is not the name of its class, such as `AbortError`.
  const isOwnName = typeof name === 'string' && name !== '' && !classes.includes(name);
  const [type = 'object', ...mro] = isOwnName ? [name, ...classes] : classes;
  return { type, mro };
}

function prototypeNames(error: object): string[] {
  const names: string[] = [];
  try {
    let prototype: unknown = Object.getPrototypeOf(error);
    while (typeof prototype === 'object' && prototype !== null && names.length < MAX_CLASSES) {
      const name = read(read(prototype, 'constructor'), 'name');
      if (typeof name === 'string' && name !== '') names.push(name);
      prototype = Object.getPrototypeOf(prototype);
    }
  } catch {
    // The error is a proxy that throws; the names so far are kept.
  }
  return names;
}

/** Reads a property; undefined if its getter throws. */
function read(value: unknown, name: string): unknown {
  try {
    const isObject = typeof value === 'object' || typeof value === 'function';
    return isObject && value !== null ? Reflect.get(value, name) : undefined;
  } catch {
    return undefined;
  }
}
