import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { messageOf } from '../../../src/faults.ts';
import { MINUTE } from '../../../src/units.ts';
import { cacheFolder, fillCacheFolder } from '../programs/cacheFolder.ts';

const run = promisify(execFile);

/** A folder for PYTHONPATH, or the reason why the packages are not installed. */
export type InstalledPackages = { readonly folder: string } | { readonly absence: string };

/**
 * Installs Python packages into a folder of the cache, for all runs with the same packages.
 * @param requirements for example `flask==3.1.3`
 */
export async function installPythonPackages(
  requirements: readonly string[],
): Promise<InstalledPackages> {
  try {
    const { stdout: version } = await run('python3', ['--version']);
    const hash = createHash('sha256')
      .update(JSON.stringify([version, requirements]))
      .digest('hex');
    const folder = join(cacheFolder(), `python-${hash.slice(0, 12)}`);
    if (!existsSync(folder)) await install(requirements, folder);
    return { folder };
  } catch (error) {
    return { absence: `pip cannot install ${requirements.join(' ')}: ${messageOf(error)}` };
  }
}

async function install(requirements: readonly string[], folder: string): Promise<void> {
  const options = ['--quiet', '--disable-pip-version-check', '--only-binary=:all:'];
  await fillCacheFolder(folder, (draft) =>
    run('python3', ['-m', 'pip', 'install', ...options, '--target', draft, ...requirements], {
      timeout: 3 * MINUTE,
    }),
  );
}
