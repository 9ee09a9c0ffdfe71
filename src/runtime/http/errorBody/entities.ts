/** The named character references that error pages use. */
const NAMED: ReadonlyMap<string, string> = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
  ['nbsp', '\u00a0'],
  ['ndash', '–'],
  ['mdash', '—'],
  ['lsquo', '‘'],
  ['rsquo', '’'],
  ['ldquo', '“'],
  ['rdquo', '”'],
  ['laquo', '«'],
  ['raquo', '»'],
  ['hellip', '…'],
  ['middot', '·'],
  ['bull', '•'],
  ['copy', '©'],
]);

const REFERENCE = /&(?:#(\d{1,8})|#x([\da-f]{1,8})|([a-z]{2,8}));/gi;

/** Decodes the character references of an HTML text. Unknown names stay as they are. */
export function decodeEntities(text: string): string {
  return text.replaceAll(
    REFERENCE,
    (reference, decimal?: string, hex?: string, name?: string): string => {
      if (name !== undefined) return NAMED.get(name.toLowerCase()) ?? reference;
      return characterOf(Number.parseInt(decimal ?? hex ?? '', decimal === undefined ? 16 : 10));
    },
  );
}

function characterOf(codePoint: number): string {
  return codePoint <= 0x10_ff_ff ? String.fromCodePoint(codePoint).toWellFormed() : '\ufffd';
}
