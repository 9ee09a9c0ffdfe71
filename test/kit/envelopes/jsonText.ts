import * as fc from 'fast-check';

/** Unusual but valid JSON texts: white space, escapes, large numbers, repeated keys. */
export function jsonText(maxDepth = 4): fc.Arbitrary<string> {
  const { value } = fc.letrec<{ value: string }>((tie) => ({
    value: fc.oneof(
      { maxDepth, depthSize: 'small' },
      scalar,
      container(tie('value'), '[', ']'),
      container(
        fc.tuple(string, padded(fc.constant(':')), tie('value')).map((parts) => parts.join('')),
        '{',
        '}',
      ),
    ),
  }));
  return value;
}

/** Objects that have the given members and unknown ones, in any order. */
export function objectText(
  members: Readonly<Record<string, fc.Arbitrary<string>>>,
): fc.Arbitrary<string> {
  const known = Object.entries(members).map(([key, value]) =>
    member(fc.constant(JSON.stringify(key)), value),
  );
  const others = fc.array(member(unknownKey, jsonText(2)), { maxLength: 3 });
  return fc
    .tuple(fc.tuple(...known), others)
    .chain(([all, more]) => {
      const list = [...all, ...more];
      return fc.shuffledSubarray(list, { minLength: list.length });
    })
    .chain((list) => padded(fc.constant(list.join(','))).map((inside) => `{${inside}}`));
}

/** A text with white space around it. */
export function padded(text: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.tuple(space, text, space).map((parts) => parts.join(''));
}

/** A JSON string in which each character has one of its possible encodings. */
export function stringText(value: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.tuple(value, fc.infiniteStream(fc.nat(3))).map(
    ([text, styles]) =>
      `"${text
        .split('')
        .map((unit) => spell(unit, styles.next().value))
        .join('')}"`,
  );
}

const space = fc.string({ unit: fc.constantFrom(' ', '\n', '\r', '\t'), maxLength: 2 });

const string = stringText(
  fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 12 }),
    fc.string({ unit: 'binary', maxLength: 6 }),
    fc.constantFrom('__proto__', 'constructor', 'a', '\ud800', '\udc00'),
  ),
);

const number = fc.oneof(
  fc.stringMatching(/^-?(0|[1-9][0-9]{0,30})(\.[0-9]{1,5})?([eE][+-]?[0-9]{1,4})?$/),
  fc.constantFrom('-0', '1.0', '1e400', '-1E-400', '9007199254740993', '18446744073709551615'),
);

const scalar = fc.oneof(string, number, fc.constantFrom('true', 'false', 'null', '{}', '[]'));

const unknownKey = stringText(
  fc.string({ unit: 'grapheme', maxLength: 8 }).map((name) => `x_${name}`),
);

function member(key: fc.Arbitrary<string>, value: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.tuple(padded(key), padded(value)).map((parts) => parts.join(':'));
}

function container(
  element: fc.Arbitrary<string>,
  opener: string,
  closer: string,
): fc.Arbitrary<string> {
  return fc
    .array(padded(element), { maxLength: 4 })
    .map((elements) => `${opener}${elements.join(',')}${closer}`);
}

const SHORT: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '/': '\\/',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};

function spell(char: string, style: number): string {
  const mustEscape = char < ' ' || char === '"' || char === '\\' || !char.isWellFormed();
  if (style === 0) return escape(char);
  if (style === 1 || mustEscape) return SHORT[char] ?? (mustEscape ? escape(char) : char);
  return char;
}

function escape(char: string): string {
  const units = char.split('').map((unit) => unit.charCodeAt(0).toString(16).padStart(4, '0'));
  return units.map((unit) => `\\u${unit}`).join('');
}
