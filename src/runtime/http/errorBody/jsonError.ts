import {
  createCursor,
  cursorAt,
  expectEnd,
  kindAt,
  skipValue,
  type ByteRange,
  type RawObject,
} from '../../../envelope/json/json.ts';
import { JsonError } from '../../../envelope/json/jsonError.ts';
import { errorText, type ErrorText } from './errorText.ts';
import { describeInvalidFields } from './invalidFields.ts';
import { elementsAt, objectAt, stringAt } from './jsonText.ts';

/**
 * Reads the JSON text of an error. The keys are those of FastAPI, Flask, Django, Litestar, Fastify,
 * Express, NestJS, Spring Boot, ASP.NET, gRPC-gateway, KServe, Triton, TorchServe, TensorFlow
 * Serving, BentoML, Ollama, Text Generation Inference, OpenAI, Anthropic, AWS and RFC 9457. Values
 * of other keys are validated and not decoded, because some frameworks echo the request.
 *
 * Returns undefined if the bytes are not a JSON text of at most `maxNesting` levels.
 */
export function readJsonError(bytes: Buffer, maxNesting: number): ErrorText | undefined {
  try {
    const cursor = createCursor(bytes, maxNesting);
    const range = skipValue(cursor);
    expectEnd(cursor);
    return readValue(bytes, range, 0);
  } catch (error) {
    if (error instanceof JsonError) return undefined;
    throw error;
  }
}

/** Errors inside deeper objects are not found. */
const MAX_DEPTH = 4;

function readValue(bytes: Buffer, range: ByteRange, depth: number): ErrorText {
  if (depth > MAX_DEPTH) return {};
  const object = objectAt(bytes, range);
  if (object !== undefined) return new ErrorObject(object, depth).read();
  if (kindAt(cursorAt(bytes, range)) === 'array') return readArray(bytes, range, depth);
  return errorText({ message: stringAt(bytes, range) });
}

function readArray(bytes: Buffer, range: ByteRange, depth: number): ErrorText {
  const message = describeInvalidFields(bytes, range);
  const { first, count } = elementsAt(bytes, range, 1);
  const [only] = first;
  // The type of a single error without a path is known, for example in GraphQL.
  const single = count === 1 && only !== undefined ? readValue(bytes, only, depth + 1) : {};
  return message === undefined || message === single.message ? single : errorText({ message });
}

const MESSAGE_KEYS = [
  'message',
  'Message',
  'error_description',
  'detail',
  'error',
  'reason',
  'msg',
  'description',
  'errorMessage',
  'title',
  'errors',
];

/** The lists of invalid fields that add to a message. */
const FIELDS_KEYS = ['errors', 'extra', 'violations', 'invalid-params', 'invalid_params'];

const TRACEBACK_KEYS = ['traceback', 'stack', 'trace', 'stack_trace'];

/** The most specific first. */
const TYPE_KEYS = [
  'type',
  'error_type',
  'errorType',
  '__type',
  'exception',
  'error_code',
  'errorCode',
  'ErrorCode',
  'code',
  'status',
  'name',
];

/** A class, a code or a URI, and not a sentence. AWS prefixes a class with its namespace. */
const TYPE = /^(?:[\w.]{1,256}#)?([A-Za-z][\w.:/#?&=%+~-]{0,255})$/;

/** Values that name no type: of RFC 9457, Anthropic and JSend. */
const NO_TYPES: ReadonlySet<string> = new Set(['about:blank', 'error', 'fail', 'failure']);

/** The message of Spring Boot's default configuration. */
const NO_MESSAGE = 'No message available';

/** An object of which each value is read at most once, so that nested objects cost linear time. */
class ErrorObject {
  readonly #object: RawObject;
  readonly #depth: number;
  readonly #values = new Map<string, ErrorText>();

  constructor(object: RawObject, depth: number) {
    this.#object = object;
    this.#depth = depth;
  }

  read(): ErrorText {
    // An inner error is more specific.
    const error = this.#valueOf('error');
    const detail = this.#valueOf('detail');
    return errorText({
      message: this.#message(),
      type: error.type ?? detail.type ?? this.#type(),
      traceback: error.traceback ?? detail.traceback ?? this.#firstString(TRACEBACK_KEYS),
    });
  }

  #valueOf(key: string): ErrorText {
    const known = this.#values.get(key);
    if (known !== undefined) return known;
    const range = this.#object.members.get(key);
    const value = range === undefined ? {} : readValue(this.#object.bytes, range, this.#depth + 1);
    this.#values.set(key, value);
    return value;
  }

  #message(): string | undefined {
    const key = MESSAGE_KEYS.find((name) => this.#messageOf(name) !== undefined);
    if (key === undefined) return this.#invalidFields();
    const fields = FIELDS_KEYS.filter((name) => name !== key).map((name) => this.#fieldsOf(name));
    const title = key === 'detail' ? this.#messageOf('title') : undefined;
    return joinParts([title, this.#messageOf(key), ...fields]);
  }

  /** Django REST framework has an object of arrays, with a key for each field. */
  #invalidFields(): string | undefined {
    const { bytes, members, range } = this.#object;
    const areArrays = [...members.values()].every((it) => kindAt(cursorAt(bytes, it)) === 'array');
    return areArrays ? describeInvalidFields(bytes, range) : undefined;
  }

  #messageOf(key: string): string | undefined {
    const message = this.#valueOf(key).message ?? (key === 'errors' ? this.#fieldsOf(key) : '');
    return message?.trim() === '' || message === NO_MESSAGE ? undefined : message;
  }

  #fieldsOf(key: string): string | undefined {
    const { bytes, members } = this.#object;
    const range = members.get(key);
    return range === undefined ? undefined : describeInvalidFields(bytes, range);
  }

  #type(): string | undefined {
    // OAuth has its code in `error`.
    const keys = this.#object.members.has('error_description') ? ['error'] : TYPE_KEYS;
    for (const key of keys) {
      const [, type] = TYPE.exec(this.#firstString([key]) ?? '') ?? [];
      if (type !== undefined && !NO_TYPES.has(type)) return type;
    }
    return undefined;
  }

  #firstString(keys: readonly string[]): string | undefined {
    const { bytes, members } = this.#object;
    for (const key of keys) {
      const text = stringAt(bytes, members.get(key));
      if (text !== undefined) return text;
    }
    return undefined;
  }
}

/** Joins texts as `title: detail`, without the full stop of a title. */
function joinParts(parts: readonly (string | undefined)[]): string {
  const texts = parts.filter((part) => part !== undefined);
  return texts
    .map((text, index) => (index === texts.length - 1 ? text : text.replace(/\.$/, '')))
    .join(': ');
}
