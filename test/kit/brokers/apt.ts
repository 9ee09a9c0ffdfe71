import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
import { messageOf } from '../../../src/faults.ts';
import { createAptGet } from './aptGet.ts';

const run = promisify(execFile);

export const isRoot = process.getuid?.() === 0;

/**
 * Installs a Debian package if this process is root and apt is available.
 * @param alternative advice that is appended to the error
 * @throws an error whose message names the package to install, in one line
 */
export async function installPackage(name: string, alternative = ''): Promise<void> {
  if (!isRoot || !existsSync('/usr/bin/apt-get')) {
    const advice = `install ${name} (Debian: apt-get install ${name})`;
    throw new Error(alternative === '' ? advice : `${advice}, ${alternative}`);
  }
  process.stderr.write(`installing ${name} with apt-get ...\n`);
  const aptGet = createAptGet();
  // The lists that are here already may be enough.
  await aptGet('update').catch((error: unknown) => {
    process.stderr.write(`apt-get update failed: ${messageOf(error)}\n`);
  });
  await aptGet('install', '-y', '--no-install-recommends', name);
}

/**
 * Finds the Debian mirror that apt uses.
 * @throws an error if apt has none
 */
export async function findDebianMirror(): Promise<string> {
  const filters = ['Created-By: Packages', 'Origin: Debian', 'Component: main'];
  const list = (): Promise<{ stdout: string }> =>
    run('apt-get', ['indextargets', '--format', '$(REPO_URI) $(LABEL)', ...filters]);
  let { stdout } = await list();
  // Without package lists apt does not know the labels of its repositories.
  if (stdout === '') await createAptGet()('update').then(async () => ({ stdout } = await list()));
  const mirror = stdout.split('\n').find((line) => line.endsWith(' Debian'));
  if (mirror === undefined) throw new Error('apt has no Debian mirror');
  return mirror.slice(0, mirror.indexOf(' '));
}
