import { skipSpace } from './jsonScanner.ts';

export interface JsonError {
  readonly offset: number;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 code units. */
  readonly column: number;
  /** What the text should have there: `"," or "}" expected`. */
  readonly message: string;
}

/** Finds the first place where a text is not JSON (RFC 8259). Nesting of any depth is accepted. */
export function findJsonError(text: string): JsonError | undefined {
  const found = new JsonChecker(text).check();
  if (found === undefined) return undefined;
  const before = text.slice(0, found.offset);
  const lineStart = before.lastIndexOf('\n') + 1;
  return { ...found, line: before.split('\n').length, column: found.offset - lineStart + 1 };
}

type Found = Pick<JsonError, 'offset' | 'message'>;
type Expected = 'value' | 'value or ]' | 'key' | 'key or }' | 'comma or end';

class JsonChecker {
  readonly #text: string;
  /** The closing brackets of the open containers. */
  readonly #open: ('}' | ']')[] = [];
  readonly #word = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
  readonly #escape = /\\(?:["\\/bfnrt]|u[\da-fA-F]{4})/y;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  check(): Found | undefined {
    let expected: Expected = 'value';
    while (true) {
      this.#at = skipSpace(this.#text, this.#at);
      if (expected === 'comma or end' && this.#open.length === 0)
        return this.#at < this.#text.length ? this.#fail('end of the text expected') : undefined;
      const next = this.#step(expected);
      if (typeof next !== 'string') return next;
      expected = next;
    }
  }

  #step(expected: Expected): Expected | Found {
    const character = this.#text[this.#at];
    switch (expected) {
      case 'comma or end':
        return this.#commaOrEnd(character);
      case 'key or }':
      case 'key':
        if (expected === 'key or }' && character === '}') return this.#close();
        return this.#key(character);
      case 'value or ]':
      case 'value':
        if (expected === 'value or ]' && character === ']') return this.#close();
        return this.#value(character);
    }
  }

  #commaOrEnd(character: string | undefined): Expected | Found {
    const close = this.#open.at(-1) ?? '}';
    if (character === close) return this.#close();
    if (character !== ',') return this.#fail(`"," or "${close}" expected`);
    this.#at += 1;
    return close === '}' ? 'key' : 'value';
  }

  #close(): Expected {
    this.#open.pop();
    this.#at += 1;
    return 'comma or end';
  }

  #key(character: string | undefined): Expected | Found {
    if (character !== '"') return this.#fail('a key in quotation marks expected');
    const problem = this.#string();
    if (problem !== undefined) return problem;
    this.#at = skipSpace(this.#text, this.#at);
    if (this.#text[this.#at] !== ':') return this.#fail('":" expected');
    this.#at += 1;
    return 'value';
  }

  #value(character: string | undefined): Expected | Found {
    if (character === '{' || character === '[') {
      this.#open.push(character === '{' ? '}' : ']');
      this.#at += 1;
      return character === '{' ? 'key or }' : 'value or ]';
    }
    if (character === '"') return this.#string() ?? 'comma or end';
    this.#word.lastIndex = this.#at;
    const word = this.#word.exec(this.#text)?.[0];
    if (word === undefined) return this.#fail('a value expected');
    this.#at += word.length;
    return 'comma or end';
  }

  #string(): Found | undefined {
    const text = this.#text;
    let at = this.#at + 1;
    while (text[at] !== '"') {
      if (at >= text.length) return this.#fail('the string has no closing quotation mark');
      const length = text[at] === '\\' ? this.#escapeLength(at) : 1;
      if (length === 0 || text.charCodeAt(at) < 0x20) {
        this.#at = at;
        return this.#fail(length === 0 ? 'invalid escape' : 'a control character must be escaped');
      }
      at += length;
    }
    this.#at = at + 1;
    return undefined;
  }

  /** The length of an escape; 0 if it is invalid. */
  #escapeLength(at: number): number {
    this.#escape.lastIndex = at;
    return this.#escape.exec(this.#text)?.[0].length ?? 0;
  }

  #fail(message: string): Found {
    return { offset: this.#at, message };
  }
}
