import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { drawChart, type Chart, type ChartPoint } from './chart.ts';
import { formatBytes, type Figure } from './figures.ts';

/**
 * Draws how the rate changes as the work grows, from what
 * `npm run bench -- SCENARIO... --json FILE` has written:
 *
 *   node bench/pictures.ts FILE...
 */
const FOLDER = new URL('./pictures/', import.meta.url);

const PICTURES: Readonly<Record<string, Omit<Chart, 'points'>>> = {
  'growing-payload': {
    title: 'Larger payloads',
    note: 'concurrency 10',
    axis: 'size of the payload',
    format: formatBytes,
  },
  'growing-route': {
    title: 'Longer routes',
    note: 'payloads of 200 B, concurrency 10',
    axis: 'actors on the route',
  },
  'growing-concurrency': {
    title: 'More at once in one sidecar',
    note: 'payloads of 200 B',
    axis: 'ASYA_CONCURRENCY',
  },
  'growing-sidecars': {
    title: 'More sidecars on one queue',
    note: 'payloads of 200 B, concurrency 1 in each',
    axis: 'sidecars, or bare loops',
  },
};

interface Written extends Figure {
  readonly scenario: string;
}

const rates = process.argv.slice(2).flatMap(readRates);
if (rates.length === 0) throw new Error('give files with figures of something that grows');
mkdirSync(FOLDER, { recursive: true });
for (const [name, picture] of Object.entries(PICTURES)) {
  const points = rates.filter(({ scenario }) => scenario === name);
  if (points.length === 0) continue;
  const file = new URL(`${name}.svg`, FOLDER);
  writeFileSync(file, `${drawChart({ ...picture, note: noteOf(picture.note, points), points })}\n`);
  console.log(file.pathname);
}

function readRates(path: string): (Written & ChartPoint)[] {
  const report = JSON.parse(readFileSync(path, 'utf8')) as { readonly figures: readonly Written[] };
  return report.figures.filter(isRate);
}

function isRate(figure: Written): figure is Written & ChartPoint {
  return figure.at !== undefined && figure.limit !== undefined && figure.unit === 'hops/s';
}

function noteOf(note: string, points: readonly ChartPoint[]): string {
  const turns = Math.min(...points.map(({ sidecar }) => sidecar.length));
  if (turns === 1) return `${note}; one turn`;
  return `${note}; the median of ${turns} turns, in a band from the lowest to the highest`;
}
