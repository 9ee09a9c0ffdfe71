import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { productionPackages } from './lockedPackages.ts';
import { npm, ROOT } from './npmPackage.ts';

/**
 * Installs a packed asya-sidecar into a folder, with its production dependencies in the versions of
 * this repository. They come from npm's cache, because npm has installed them here before.
 * @returns the folder of the installed package
 */
export async function installPacked(tarball: string, folder: string): Promise<string> {
  const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    version: string;
    dependencies: object;
    bin: object;
  };
  const { version, dependencies, bin } = manifest;
  const resolved = `file:${basename(tarball)}`;
  const project = { name: 'project', version: '1.0.0', dependencies: { 'asya-sidecar': resolved } };
  const packages = {
    '': project,
    'node_modules/asya-sidecar': { version, resolved, dependencies, bin },
    ...productionPackages(),
  };
  await writeFile(join(folder, 'package.json'), JSON.stringify(project));
  await writeFile(
    join(folder, 'package-lock.json'),
    JSON.stringify({ ...project, lockfileVersion: 3, requires: true, packages }),
  );
  await npm(['ci', '--prefer-offline', '--ignore-scripts', '--no-audit'], folder);
  return join(folder, 'node_modules/asya-sidecar');
}
