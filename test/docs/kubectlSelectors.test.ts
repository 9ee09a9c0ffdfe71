import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseAllDocuments } from 'yaml';

/** The commands on the pages select pods by labels that the chart writes. */

const ROOT = new URL('../../', import.meta.url).pathname;
const PAGES = globSync('{docs/*.md,README.md,deploy/**/*.md}', { cwd: ROOT });
const SELECTOR = /kubectl [^\n|]*-l (?:'([^']+)'|(\S+))/g;

interface Manifest {
  readonly kind: string;
  readonly spec?: { readonly template?: { readonly metadata?: { readonly labels?: object } } };
}

test('each label that a page passes to kubectl is one of the pods of the chart', () => {
  const labels = podLabels();
  const selectors = PAGES.flatMap((page) => {
    const text = readFileSync(join(ROOT, page), 'utf8');
    return [...text.matchAll(SELECTOR)].map(([, quoted, plain]) => quoted ?? plain ?? '');
  });
  assert.ok(selectors.length > 0);
  for (const selector of selectors) {
    const [name = ''] = selector.split(/=| in /);
    assert.ok(labels.has(name), selector);
  }
});

function podLabels(): ReadonlySet<string> {
  const text = readFileSync(join(ROOT, 'deploy/kubernetes/actor.yaml'), 'utf8');
  const manifests = parseAllDocuments(text).map((document) => document.toJS() as Manifest);
  const deployment = manifests.find(({ kind }) => kind === 'Deployment');
  return new Set(Object.keys(deployment?.spec?.template?.metadata?.labels ?? {}));
}
