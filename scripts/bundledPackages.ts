import { globSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Metafile } from 'esbuild';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const LICENSE_FILES = ['{LICENSE,LICENCE,License,license,NOTICE,COPYING}*', 'licenses/*'];

/** A package from npm of which a bundle contains code. */
export interface BundledPackage {
  readonly name: string;
  readonly version: string;
  /** An SPDX expression. */
  readonly license: string;
  /** The licence and the notices in the package. */
  readonly notices: readonly string[];
}

/** The packages whose code is in the outputs, sorted by name. */
export function bundledPackages(metafiles: readonly Metafile[]): BundledPackage[] {
  const outputs = metafiles.flatMap(({ outputs }) => Object.values(outputs));
  const inputs = outputs.flatMap((output) =>
    Object.entries(output.inputs)
      .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
      .map(([path]) => path),
  );
  const folders = new Set(inputs.map(packageFolder).filter((folder) => folder !== undefined));
  // npm may install several copies of a version.
  const packages = new Map([...folders].map(readPackage).map((found) => [titleOf(found), found]));
  return [...packages.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** The text that the licences of the packages require next to their code, once for each text. */
export function renderNotices(packages: readonly BundledPackage[]): string {
  const titles = new Map<string, string[]>();
  for (const bundled of packages) {
    const text = bundled.notices.map((notice) => notice.trim()).join('\n\n');
    titles.set(text, [...(titles.get(text) ?? []), titleOf(bundled)]);
  }
  const sections = [...titles].map(([text, names]) => `${names.join('\n')}\n\n${text}`);
  const rule = `\n\n${'-'.repeat(80)}\n\n`;
  return `${['The files of this folder contain code of these packages.', ...sections].join(rule)}\n`;
}

function titleOf({ name, version, license }: BundledPackage): string {
  return `${name} ${version} (${license})`;
}

/** For example `node_modules/@dagrejs/dagre`; undefined for a file of this project. */
function packageFolder(input: string): string | undefined {
  return /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0];
}

function readPackage(folder: string): BundledPackage {
  const path = join(ROOT, folder);
  const { name, version, license } = JSON.parse(
    readFileSync(join(path, 'package.json'), 'utf8'),
  ) as Record<string, unknown>;
  const files = globSync(LICENSE_FILES, { cwd: path }).map((file) => join(path, file));
  return {
    name: String(name),
    version: String(version),
    license: String(license),
    notices: files
      .filter((file) => statSync(file).isFile())
      .toSorted()
      .map((file) => readFileSync(file, 'utf8')),
  };
}
