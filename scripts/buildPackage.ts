import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildPage } from './buildPage.ts';
import { buildProgram } from './buildProgram.ts';
import { bundledPackages, renderNotices, type BundledPackage } from './bundledPackages.ts';

const DIST = fileURLToPath(new URL('../dist', import.meta.url));

/**
 * Builds the program, its page and the notices of the packages in both into `dist/`, which is
 * emptied.
 * @returns these packages
 */
export async function buildPackage(): Promise<readonly BundledPackage[]> {
  rmSync(DIST, { recursive: true, force: true });
  const metafiles = [await buildProgram(DIST), await buildPage({ output: join(DIST, 'ui') })];
  const packages = bundledPackages(metafiles);
  writeFileSync(join(DIST, 'THIRD-PARTY-NOTICES.txt'), renderNotices(packages));
  return packages;
}
