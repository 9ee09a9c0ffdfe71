import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';

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
  // In run level 1 the package does not start its service.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  const options = ['-qq', '-o', 'DPkg::Lock::Timeout=300'];
  await run('apt-get', [...options, 'update'], { env });
  await run('apt-get', [...options, 'install', '-y', '--no-install-recommends', name], { env });
}
