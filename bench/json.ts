/**
 * How fast our pass over JSON is, beside `JSON.parse` of the same bytes, and what an envelope costs
 * a hop.
 *
 *   node bench/json.ts
 */
import { encodeEnvelope, type HeaderEdit } from '../src/envelope/edit.ts';
import { readEnvelope } from '../src/envelope/envelope.ts';
import { expectEnd, createCursor, skipValue } from '../src/envelope/json/json.ts';

const SIZE_BYTES = 10_000_000;

const TEXTS: Readonly<Record<string, string>> = {
  numbers: repeat((i) => String((i * 7919.31) % 1000)),
  objects: repeat((i) =>
    JSON.stringify({ id: i, name: `item ${i}`, tags: ['a', 'b'], ok: true, score: i / 7 }),
  ),
  text: JSON.stringify('The quick brown fox jumps over the lazy dog. '.repeat(SIZE_BYTES / 45)),
  sentences: repeat((i) =>
    JSON.stringify(`The quick brown fox ${i} jumps over the lazy dog and is gone.`),
  ),
  'text, not Latin': JSON.stringify(
    'Съешь же ещё этих мягких французских булок. '.repeat(SIZE_BYTES / 78),
  ),
  'base64 in lines': JSON.stringify(
    `${'QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNk'.repeat(2)}\n`.repeat(SIZE_BYTES / 82),
  ),
  escapes: JSON.stringify('"\n\\\u0001'.repeat(SIZE_BYTES / 12)),
};

for (const [name, text] of Object.entries(TEXTS)) {
  const bytes = Buffer.from(text);
  const ours = fastestMs(() => pass(bytes));
  const theirs = fastestMs(() => JSON.parse(bytes.toString()));
  const ratio = (ours / theirs).toFixed(2);
  console.log(
    `${name.padEnd(16)} ours ${ours.toFixed(1)} ms, JSON.parse ${theirs.toFixed(1)} ms, ratio ${ratio}`,
  );
}

const ENVELOPE = Buffer.from(
  JSON.stringify({
    id: 'env-8d1f',
    route: { actors: ['prep', 'infer', 'post'], current: 1 },
    headers: {
      'x-asya-journey-id': 'env-8d1f',
      'x-asya-started-at': '2026-11-23T21:00:00.123Z',
      'x-asya-hops': 1,
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    },
    payload: { text: 'The quick brown fox jumps.', n: 7 },
  }),
);
const HEADERS: readonly HeaderEdit[] = [
  ['x-asya-hops', 2],
  ['traceparent', '00-0af7651916cd43dd8448eb211c80319c-c7ad6b7169203331-01'],
];
const PAYLOAD = Buffer.from('{"text":"the quick brown fox jumps.","n":8}');

const EDIT = { current: 2, headers: HEADERS, payload: PAYLOAD };

const envelope = readEnvelope(ENVELOPE, { maxNesting: 10_000 });
console.log(
  `envelope of ${ENVELOPE.length} bytes:`,
  `read ${fastestUs(() => readEnvelope(ENVELOPE, { maxNesting: 10_000 }))} µs,`,
  `encode ${fastestUs(() => encodeEnvelope(envelope, EDIT))} µs,`,
  `JSON.parse ${fastestUs(() => JSON.parse(ENVELOPE.toString()))} µs`,
);

function pass(bytes: Buffer): void {
  const cursor = createCursor(bytes, 10_000);
  skipValue(cursor);
  expectEnd(cursor);
}

function repeat(element: (i: number) => string): string {
  const elements: string[] = [];
  for (let size = 0, i = 0; size < SIZE_BYTES; i++)
    size += elements[elements.push(element(i)) - 1]?.length ?? 0;
  return `[${elements.join(',')}]`;
}

/** The fastest of some rounds: the others were disturbed. */
function fastestMs(run: () => unknown, rounds = 15): number {
  let fastest = Number.POSITIVE_INFINITY;
  for (let round = 0; round < rounds; round++) {
    const start = performance.now();
    run();
    fastest = Math.min(fastest, performance.now() - start);
  }
  return fastest;
}

function fastestUs(run: () => unknown): string {
  const times = 2000;
  const ms = fastestMs(() => {
    for (let i = 0; i < times; i++) run();
  }, 200);
  return ((ms / times) * 1000).toFixed(1);
}
