import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { digestOfFiles } from './chartFiles.ts';
import { renderChart } from './helm.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** A file of `deploy/kubernetes`: the output of a chart for people who do not use Helm. */
export interface PlainManifest {
  /** The file without its extension; `deploy/kubernetes/values` has its values. */
  readonly name: string;
  readonly chart: string;
  /** The name of the objects. */
  readonly release: string;
}

export const PLAIN_MANIFESTS: readonly PlainManifest[] = [
  { name: 'actor', chart: 'asya-actor', release: 'infer' },
  { name: 'model-server', chart: 'asya-actor', release: 'infer' },
  { name: 'external-server', chart: 'asya-actor', release: 'infer' },
  { name: 'scaled-actor', chart: 'asya-actor', release: 'infer' },
  { name: 'happy-end', chart: 'asya-actor', release: 'happy-end' },
  { name: 'observability', chart: 'asya-observability', release: 'asya-observability' },
];

export function plainManifestFile({ name }: PlainManifest): string {
  return join(ROOT, `deploy/kubernetes/${name}.yaml`);
}

/** Renders a chart, without the labels that say that Helm manages the objects. */
export function renderPlainManifest(helm: string, { name, chart, release }: PlainManifest): string {
  const values = join(ROOT, `deploy/kubernetes/values/${name}.yaml`);
  const text = renderChart(helm, chart, { name: release, values })
    .split('\n')
    .filter((line) => !OF_HELM.test(line))
    .join('\n')
    .replaceAll(/\n+---/g, '\n---')
    .replace(/^---\n/, '');
  return `# Written by npm run charts from the chart ${chart}; see README.md.\n${text}`;
}

const OF_HELM = /^# Source: |^\s*(?:app\.kubernetes\.io\/managed-by|helm\.sh\/chart): /;

/** The file with the digest that belongs to `deploy/kubernetes`. */
export const PLAIN_DIGEST_FILE = join(ROOT, 'test/charts/golden/kubernetes.digest.txt');

/** Identifies the charts and `deploy/kubernetes`. It differs from the file if one has changed. */
export function plainDigest(): string {
  return digestOfFiles('deploy/helm/**/*.*', 'deploy/kubernetes/**/*.yaml');
}
