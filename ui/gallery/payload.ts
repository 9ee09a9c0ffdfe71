const DEPTH = 10_000;
const MEMBERS = [
  '"order":4711',
  '"big":12345678901234567890.10',
  '"twice":1',
  '"twice":2',
  '"__proto__":{"x":-0}',
  '"html":"<img src=x onerror=document.title=1>"',
  '"text":"one\\ntwo"',
  '"bidi":"\\u202egnp.exe"',
  `"list":[${Array.from({ length: 250 }, (_, index) => index).join(',')}]`,
  `"long":"${'x'.repeat(1_000_000)}"`,
  `"deep":${'['.repeat(DEPTH)}${']'.repeat(DEPTH)}`,
  '"missing":NaN',
];

/** A payload with everything that a producer can send. */
export const PAYLOAD = `{${MEMBERS.join(',')}}`;
