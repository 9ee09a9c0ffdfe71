import { readFileSync, writeFileSync } from 'node:fs';
import { drawChart, type Chart, type ChartPoint } from './chart.ts';
import { formatBytes, type Figure } from './figures.ts';

/**
 * Draws the charts of the `growing-*` scenarios from the reports of
 * `npm run bench -- SCENARIO... --json FILE`:
 *
 *   node bench/pictures.ts FILE...
 */
const FOLDER = new URL('./pictures/', import.meta.url);

const CHARTS: Readonly<Record<string, Omit<Chart, 'points'>>> = {
  'growing-payload': {
    title: 'Throughput by payload size',
    note: 'concurrency 10',
    axis: 'payload size',
    format: formatBytes,
  },
  'growing-route': {
    title: 'Throughput by route length',
    note: '200 B payloads, concurrency 10',
    axis: 'actors in the route',
  },
  'growing-concurrency': {
    title: 'Throughput by concurrency of one sidecar',
    note: '200 B payloads',
    axis: 'ASYA_CONCURRENCY',
  },
  'growing-sidecars': {
    title: 'Throughput by number of sidecars on one queue',
    note: '200 B payloads, concurrency 1 per sidecar',
    axis: 'sidecars (limit: bare consumers)',
  },
};

type ReportedPoint = ChartPoint & { readonly scenario: string };

const reports = process.argv.slice(2).map((path) => readFileSync(path, 'utf8'));
const figures = reports.flatMap((report) => (JSON.parse(report) as { figures: Figure[] }).figures);
const growth = figures.filter(
  (figure): figure is ReportedPoint => figure.limit !== undefined && figure.unit === 'hops/s',
);
for (const [name, chart] of Object.entries(CHARTS)) {
  const points = growth.filter(({ scenario }) => scenario === name);
  if (points.length === 0) continue;
  const turns = Math.min(...points.map(({ sidecar }) => sidecar.length));
  const note = `${chart.note}; ${turns === 1 ? 'one turn' : `median of ${turns} turns (dots)`}`;
  writeFileSync(new URL(`${name}.svg`, FOLDER), `${drawChart({ ...chart, note, points })}\n`);
}
