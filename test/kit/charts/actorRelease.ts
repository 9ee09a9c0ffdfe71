import assert from 'node:assert/strict';
import { parseManifests, podOf, type Manifest, type PodSpec } from '../manifests/manifest.ts';
import { chartFolder } from './chartFiles.ts';
import { runHelm } from './helm.ts';

/** Values as in a file, by their paths: `{ 'actor.concurrency': 4 }`. */
export type ValuesByPath = Readonly<Record<string, unknown>>;

const CHART = chartFolder('asya-actor');

/** The least that a release must set. */
const REQUIRED: ValuesByPath = {
  'runtime.image.repository': 'registry.example.com/infer:1',
  'broker.existingSecret': 'asya-broker',
};

/** What `helm template infer` prints; values replace those that a release must set. */
export function templateActor(helm: string, values: ValuesByPath, ...options: readonly string[]) {
  const input = JSON.stringify(nest({ ...REQUIRED, ...values }));
  return runHelm(helm, ['template', 'infer', CHART, '--values=-', ...options], input);
}

/** Returns the manifests of a release that helm accepts. */
export function renderActor(helm: string, values: ValuesByPath): readonly Manifest[] {
  const { status, stdout, stderr } = templateActor(helm, values);
  assert.equal(status, 0, stderr);
  return parseManifests(stdout);
}

export function actorPod(manifests: readonly Manifest[]): PodSpec {
  const pod = manifests.map(podOf).find((found) => found !== undefined);
  assert.ok(pod !== undefined);
  return pod;
}

function nest(values: ValuesByPath): Record<string, unknown> {
  const root: Record<string, unknown> = {};
  for (const [path, value] of Object.entries(values)) {
    const names = path.split('.');
    const last = names.pop() ?? '';
    let parent = root;
    for (const name of names) parent = (parent[name] ??= {}) as Record<string, unknown>;
    parent[last] = value;
  }
  return root;
}
