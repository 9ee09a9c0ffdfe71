import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSbom } from '../../../scripts/release/sbom.ts';
import { lockedPackages, productionPackages } from '../../kit/packages/lockedPackages.ts';
import { ROOT } from '../../kit/packages/npmPackage.ts';

const BUNDLED = ['preact', 'echarts'].map((name) => ({
  name,
  version: lockedVersion(name),
  license: 'MIT',
  notices: [],
}));
const sbom = createSbom(ROOT, BUNDLED, new Date('2026-12-01T00:00:00Z'));
const components = new Map(sbom.components.map((component) => [component.name, component]));

test('the SBOM describes the program, in CycloneDX', () => {
  const { bomFormat, specVersion, metadata, serialNumber } = sbom as typeof sbom & {
    bomFormat: string;
    specVersion: string;
  };
  assert.deepEqual([bomFormat, specVersion], ['CycloneDX', '1.5']);
  assert.equal(metadata.component.name, 'asya-sidecar');
  assert.equal(metadata.timestamp, '2026-12-01T00:00:00.000Z');
  assert.match(serialNumber, /^urn:uuid:[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/);
});

test('the SBOM has each package of an installation, with its licence and address', () => {
  const installed = Object.keys(productionPackages());
  assert.ok(installed.length > 50);
  for (const path of installed) {
    const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
    const component = components.get(name) as Record<string, unknown> | undefined;
    assert.ok(component !== undefined, name);
    assert.match(JSON.stringify(component['licenses']), /"(?:id|expression)":"[\w.-]+/);
    assert.match(String(component['purl']), /^pkg:npm\//);
    assert.equal(component['scope'], 'required');
  }
});

test('the SBOM has the packages whose code is bundled, and no development tools', () => {
  for (const { name } of BUNDLED) assert.ok(components.has(name), name);
  for (const name of ['typescript', 'esbuild', 'express', '@asya/runtime', 'node'])
    assert.ok(!components.has(name), name);
});

test('the SBOM has the dependencies of each package, and only among its components', () => {
  const refs = new Set(sbom.components.map((component) => component['bom-ref']));
  const [own, ...others] = sbom.dependencies;
  assert.equal(own?.ref, sbom.metadata.component['bom-ref']);
  assert.ok(own?.dependsOn.some((ref) => ref.startsWith('pino@')));
  assert.ok(own?.dependsOn.some((ref) => ref.startsWith('preact@')));
  assert.deepEqual(new Set(others.map(({ ref }) => ref)), refs);
  assert.ok(sbom.dependencies.every(({ dependsOn }) => dependsOn.every((ref) => refs.has(ref))));
});

function lockedVersion(name: string): string {
  return lockedPackages()[`node_modules/${name}`]?.version ?? '';
}
