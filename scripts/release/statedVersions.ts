import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A version that a file of the repository states. */
export interface StatedVersion {
  readonly file: string;
  /** The text around the version, for people. */
  readonly text: string;
  readonly version: string;
}

/** Files that state the version. The first group of the pattern is the version. */
interface VersionPattern {
  readonly files: string;
  readonly pattern: RegExp;
}

const VERSION = String.raw`(\d+\.\d+\.\d+)`;

const BEFORE_VERSION = [
  'asya-sidecar[:@]',
  '@asya/runtime@',
  '"@asya/runtime": "',
  'asya-runtime==',
  'asya-(?:sidecar|runtime|dashboards)-',
  'asya_runtime-',
  'release download v',
  '--version ',
  // A dependency in the Chart.yaml of another chart.
  '^    version: ',
];

/** package.json comes first: its version is the version of the project. */
const PATTERNS: readonly VersionPattern[] = [
  { files: 'package.json', pattern: matching(`^  "version": "${VERSION}"`) },
  { files: 'sdk/typescript/package.json', pattern: matching(`^  "version": "${VERSION}"`) },
  {
    files: 'package-lock.json',
    pattern: matching(`"name": "(?:asya-sidecar|@asya/runtime)",\\s+"version": "${VERSION}"`),
  },
  { files: 'sdk/python/pyproject.toml', pattern: matching(`^version = "${VERSION}"`) },
  { files: 'deploy/helm/*/Chart.yaml', pattern: matching(`^(?:v|appV)ersion: ["']?${VERSION}`) },
  { files: 'Dockerfile', pattern: matching(`image\\.version="${VERSION}"`) },
  // Images, packages, charts and files with a version, in pages, manifests and examples.
  {
    files: '{*.md,docs/*.md,{sdk,examples,deploy}/**/*.{md,json,txt,yaml},examples/**/Dockerfile}',
    pattern: matching(`(?:${BEFORE_VERSION.join('|')})${VERSION}`),
  },
];

/** Finds every statement of the version below the root of a repository. */
export function readVersions(root: string): StatedVersion[] {
  return PATTERNS.flatMap(({ files, pattern }) =>
    filesOf(root, files).flatMap((file) =>
      [...readFileSync(join(root, file), 'utf8').matchAll(pattern)].map(
        ([text, version = '']): StatedVersion => ({ file, text: text.trim(), version }),
      ),
    ),
  );
}

/** Replaces every statement of the version. */
export function writeVersions(root: string, version: string): void {
  for (const { files, pattern } of PATTERNS) {
    for (const file of filesOf(root, files)) {
      const path = join(root, file);
      const before = readFileSync(path, 'utf8');
      const after = before.replaceAll(pattern, (text, old: string) => text.replace(old, version));
      if (after !== before) writeFileSync(path, after);
    }
  }
}

function filesOf(root: string, files: string): string[] {
  const found = globSync(files, { cwd: root, exclude: ['**/node_modules', 'CHANGELOG.md'] });
  return found.toSorted();
}

function matching(source: string): RegExp {
  return new RegExp(source, 'gm');
}
