import { parseArgs } from 'node:util';
import { pathToFileURL } from 'node:url';
import { spreadOf } from './figures.ts';

/**
 * Measures the JSON scanner and the envelope codec, in seven rounds that alternate between two
 * sides:
 *
 *   node bench/json.ts                      the scanner and `JSON.parse`
 *   node bench/json.ts --against ../other   this checkout and another one
 *
 * A ratio below 1 means that this checkout is faster.
 */
const ROUNDS = 7;
const MAX_NESTING = 10_000;
const TEXT_BYTES = 10_000_000;
const SMALL_RUNS = 20_000;
const JOURNEY_HEADERS = {
  'x-asya-journey-id': 'env-8d1f',
  'x-asya-started-at': '2026-11-23T21:00:00.123Z',
  'x-asya-hops': 1,
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
};

/** The functions under test, as one checkout defines them. */
interface Codec {
  readonly scan: (bytes: Buffer) => void;
  readonly readEnvelope: (bytes: Buffer) => void;
  readonly encodeEnvelope: (bytes: Buffer) => () => void;
}

interface Case {
  readonly name: string;
  /** Calls in one round. */
  readonly runs: number;
  readonly prepare: (codec: Codec) => () => void;
  /** The same work by `JSON.parse`, if it has an equivalent. */
  readonly parse?: () => void;
}

const { values } = parseArgs({ options: { against: { type: 'string' } } });
const here = await loadCodec('.');
const other = values.against === undefined ? undefined : await loadCodec(values.against);
for (const it of [...textCases(), ...envelopeCases()]) compare(it);

function compare({ name, runs, prepare, parse }: Case): void {
  const run = prepare(here);
  const rival = other === undefined ? parse : prepare(other);
  const costsUs: number[] = [];
  const ratios: number[] = [];
  for (let round = -1; round < ROUNDS; round++) {
    const costUs = timeUs(run, runs);
    const rivalUs = rival === undefined ? NaN : timeUs(rival, runs);
    if (round < 0) continue; // V8 compiles during the first round.
    costsUs.push(costUs);
    ratios.push(costUs / rivalUs);
  }
  const { median, min, max } = spreadOf(ratios);
  const cost = spreadOf(costsUs).median;
  const shown = cost > 1_000 ? `${(cost / 1_000).toFixed(1)} ms` : `${cost.toFixed(2)} µs`;
  const ratio =
    rival === undefined ? '' : `ratio ${print(median)} (${print(min)} to ${print(max)})`;
  console.log(`${name.padEnd(26)} ${shown.padStart(9)}  ${ratio}`);
}

function print(ratio: number): string {
  return ratio.toFixed(2);
}

/** The fastest of three measurements, because other processes can only slow one down. */
function timeUs(run: () => void, runs: number): number {
  let fastest = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < 3; attempt++) {
    const startMs = performance.now();
    for (let count = 0; count < runs; count++) run();
    fastest = Math.min(fastest, performance.now() - startMs);
  }
  return (fastest / runs) * 1_000;
}

function textCases(): readonly Case[] {
  const texts: Readonly<Record<string, string>> = {
    numbers: array((i) => String((i * 7919.31) % 1000)),
    objects: array((i) =>
      JSON.stringify({ id: i, name: `item ${i}`, tags: ['a', 'b'], ok: true, score: i / 7 }),
    ),
    'long string': long('The quick brown fox jumps over the lazy dog. '),
    sentences: array((i) =>
      JSON.stringify(`The quick brown fox ${i} jumps over the lazy dog and is gone.`),
    ),
    'Cyrillic string': long('Съешь же ещё этих мягких французских булок. '),
    'base64 with line ends': long(`${'QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNk'.repeat(2)}\n`),
    escapes: long('"\n\\\u0001'),
  };
  return Object.entries(texts).map(([name, text]) => {
    const bytes = Buffer.from(text);
    return {
      name: `10 MB, ${name}`,
      runs: 1,
      prepare: (codec) => () => codec.scan(bytes),
      parse: () => void JSON.parse(bytes.toString()),
    };
  });
}

function array(elementAt: (index: number) => string): string {
  const elements: string[] = [];
  for (let size = 0; size < TEXT_BYTES;) {
    const element = elementAt(elements.length);
    elements.push(element);
    size += element.length;
  }
  return `[${elements.join(',')}]`;
}

function long(text: string): string {
  return JSON.stringify(
    text.repeat(Math.ceil(TEXT_BYTES / Buffer.byteLength(JSON.stringify(text)))),
  );
}

function envelopeCases(): readonly Case[] {
  return [30, 1_000, 10_000, 100_000].flatMap((payloadBytes) => {
    const bytes = envelopeOf(payloadBytes, JOURNEY_HEADERS);
    const first = envelopeOf(payloadBytes, undefined);
    const runs = Math.ceil(SMALL_RUNS / (1 + payloadBytes / 1_000));
    return [
      {
        name: `read envelope, ${payloadBytes} B`,
        runs,
        prepare: (codec: Codec) => () => codec.readEnvelope(bytes),
        parse: () => void JSON.parse(bytes.toString()),
      },
      {
        name: `encode envelope, ${payloadBytes} B`,
        runs,
        prepare: (codec: Codec) => codec.encodeEnvelope(bytes),
      },
      {
        name: `encode without headers, ${payloadBytes} B`,
        runs,
        prepare: (codec: Codec) => codec.encodeEnvelope(first),
      },
    ];
  });
}

function envelopeOf(payloadBytes: number, headers: object | undefined): Buffer {
  return Buffer.from(
    JSON.stringify({
      id: 'env-8d1f',
      route: { actors: ['prep', 'infer', 'post'], current: 1 },
      headers,
      payload: { text: 'The quick brown fox jumps. '.repeat(payloadBytes / 27), n: 7 },
    }),
  );
}

async function loadCodec(checkout: string): Promise<Codec> {
  const load = async <T>(file: string): Promise<T> =>
    (await import(`${pathToFileURL(checkout).href}/src/envelope/${file}`)) as T;
  const { createCursor, skipValue, expectEnd } =
    await load<typeof import('../src/envelope/json/json.ts')>('json/json.ts');
  const { readEnvelope } = await load<typeof import('../src/envelope/envelope.ts')>('envelope.ts');
  const { encodeEnvelope } = await load<typeof import('../src/envelope/edit.ts')>('edit.ts');
  return {
    scan(bytes) {
      const cursor = createCursor(bytes, MAX_NESTING);
      skipValue(cursor);
      expectEnd(cursor);
    },
    readEnvelope: (bytes) => void readEnvelope(bytes, { maxNesting: MAX_NESTING }),
    encodeEnvelope(bytes) {
      const envelope = readEnvelope(bytes, { maxNesting: MAX_NESTING });
      const edit = {
        current: 2,
        headers: [
          ['x-asya-journey-id', 'env-8d1f'],
          ['x-asya-started-at', '2026-11-23T21:00:00.123Z'],
          ['x-asya-hops', 2],
          ['traceparent', '00-0af7651916cd43dd8448eb211c80319c-c7ad6b7169203331-01'],
        ] as const,
        payload: Buffer.from('{"text":"the quick brown fox jumps.","n":8}'),
      };
      return () => void encodeEnvelope(envelope, edit);
    },
  };
}
