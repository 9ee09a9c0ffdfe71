import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
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

interface ReportedFigure extends Figure {
  readonly scenario: string;
}

const figures = process.argv.slice(2).flatMap(readGrowth);
if (figures.length === 0) throw new Error('no figures of a growing-* scenario in the given files');
mkdirSync(FOLDER, { recursive: true });
for (const [name, chart] of Object.entries(CHARTS)) {
  const points = figures.filter(({ scenario }) => scenario === name);
  if (points.length === 0) continue;
  const file = new URL(`${name}.svg`, FOLDER);
  writeFileSync(file, `${drawChart({ ...chart, note: withTurns(chart.note, points), points })}\n`);
  console.log(file.pathname);
}

function readGrowth(path: string): (ReportedFigure & ChartPoint)[] {
  const report = JSON.parse(readFileSync(path, 'utf8')) as {
    readonly figures: readonly ReportedFigure[];
  };
  return report.figures.filter(isChartPoint);
}

function isChartPoint(figure: ReportedFigure): figure is ReportedFigure & ChartPoint {
  return figure.at !== undefined && figure.limit !== undefined && figure.unit === 'hops/s';
}

function withTurns(note: string, points: readonly ChartPoint[]): string {
  const turns = Math.min(...points.map(({ sidecar }) => sidecar.length));
  if (turns === 1) return `${note}; one turn`;
  return `${note}; median of ${turns} turns, band from lowest to highest`;
}
