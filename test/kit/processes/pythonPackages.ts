import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { messageOf } from '../../../src/faults.ts';
import { MINUTE } from '../../../src/units.ts';

const run = promisify(execFile);

/** A folder for PYTHONPATH, or the reason why the packages are not installed. */
export type InstalledPackages = { readonly folder: string } | { readonly absence: string };

/**
 * Installs Python packages into a folder of the cache, for all runs with the same packages. The
 * cache is `ASYA_TEST_CACHE`, by default `~/.cache/asya-sidecar`.
 * @param requirements for example `flask==3.1.3`
 */
export async function installPythonPackages(
  requirements: readonly string[],
): Promise<InstalledPackages> {
  try {
    const { stdout: version } = await run('python3', ['--version']);
    const cache = process.env['ASYA_TEST_CACHE'] ?? join(homedir(), '.cache', 'asya-sidecar');
    const hash = createHash('sha256')
      .update(JSON.stringify([version, requirements]))
      .digest('hex');
    const folder = join(cache, `python-${hash.slice(0, 12)}`);
    if (!existsSync(folder)) await install(requirements, cache, folder);
    return { folder };
  } catch (error) {
    return { absence: `pip cannot install ${requirements.join(' ')}: ${messageOf(error)}` };
  }
}

async function install(
  requirements: readonly string[],
  cache: string,
  folder: string,
): Promise<void> {
  await mkdir(cache, { recursive: true });
  const draft = await mkdtemp(join(cache, 'python-draft-'));
  try {
    const options = ['--quiet', '--disable-pip-version-check', '--only-binary=:all:'];
    await run('python3', ['-m', 'pip', 'install', ...options, '--target', draft, ...requirements], {
      timeout: 3 * MINUTE,
    });
    await rename(draft, folder);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    // Another process may have installed the same packages meanwhile.
    if (!existsSync(folder)) throw error;
  }
}
