import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import type { BundledPackage } from '../bundledPackages.ts';

/** The parts of a CycloneDX document that this module reads. */
export interface Sbom {
  readonly serialNumber: string;
  readonly metadata: { readonly component: Component; readonly timestamp: string };
  readonly components: readonly Component[];
  readonly dependencies: readonly Edges[];
}

interface Component {
  readonly name: string;
  readonly version: string;
  readonly 'bom-ref': string;
}

interface Edges {
  readonly ref: string;
  readonly dependsOn: readonly string[];
}

interface Manifest {
  readonly name: string;
  readonly dependencies: Readonly<Record<string, string>>;
}

/**
 * Describes the packages in an installation of the program: its dependencies, with theirs, and
 * those whose code is in `dist/`. The format is CycloneDX.
 *
 * `npm sbom --omit=dev` leaves out the dependencies that a development dependency needs too, and
 * does not know bundles. So this reads the complete document, and selects.
 * @param root folder of the package
 * @param createdAt the time in the document, which depends on nothing else that changes
 */
export function createSbom(
  root: string,
  bundled: readonly BundledPackage[],
  createdAt: Date,
): Sbom {
  const args = [
    'sbom',
    '--sbom-format=cyclonedx',
    '--sbom-type=application',
    '--package-lock-only',
  ];
  const options = { cwd: root, encoding: 'utf8', maxBuffer: Infinity } as const;
  const complete = JSON.parse(execFileSync('npm', args, options)) as Sbom;
  const manifest = JSON.parse(
    execFileSync('npm', ['pkg', 'get', 'name', 'dependencies'], options),
  ) as Manifest;
  const sbom = select(complete, manifest, bundled);
  return {
    ...sbom,
    serialNumber: serialNumberOf(sbom.components),
    metadata: { ...sbom.metadata, timestamp: createdAt.toISOString() },
  };
}

function select(complete: Sbom, manifest: Manifest, bundled: readonly BundledPackage[]): Sbom {
  const edges = new Map(complete.dependencies.map(({ ref, dependsOn }) => [ref, dependsOn]));
  const { component } = complete.metadata;
  const direct = (edges.get(component['bom-ref']) ?? []).filter((ref) =>
    Object.hasOwn(manifest.dependencies, nameOf(ref)),
  );
  const inBundle = bundled.map(({ name, version }) => `${name}@${version}`);
  const installed = reachable(direct, edges);
  const kept = new Set([...installed, ...inBundle]);
  return {
    ...complete,
    metadata: { ...complete.metadata, component: { ...component, name: manifest.name } },
    components: complete.components
      .filter((found) => kept.has(found['bom-ref']))
      .map((found) => ({ ...found, scope: 'required' })),
    dependencies: [
      { ref: component['bom-ref'], dependsOn: [...direct, ...inBundle] },
      ...[...kept].map((ref) => ({
        ref,
        dependsOn: (edges.get(ref) ?? []).filter((to) => kept.has(to)),
      })),
    ],
  };
}

/** The packages and all that they depend on. */
function reachable(
  from: readonly string[],
  edges: ReadonlyMap<string, readonly string[]>,
): string[] {
  const found = new Set(from);
  // A set also yields what is added while it is iterated.
  for (const ref of found) for (const to of edges.get(ref) ?? []) found.add(to);
  return [...found];
}

/** A UUID that is made from the content. */
function serialNumberOf(components: readonly Component[]): string {
  const digest = createHash('sha256').update(JSON.stringify(components)).digest('hex');
  const parts = /^(.{8})(.{4}).(.{3}).(.{3})(.{12})/.exec(digest)?.slice(1) ?? [];
  const [first, second, third, fourth, fifth] = parts;
  return `urn:uuid:${first}-${second}-8${third}-8${fourth}-${fifth}`;
}

/** The name in a reference such as `@grpc/grpc-js@1.14.7`. */
function nameOf(ref: string): string {
  return ref.slice(0, ref.lastIndexOf('@'));
}
