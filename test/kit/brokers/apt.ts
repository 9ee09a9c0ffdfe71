import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';

const run = promisify(execFile);

export const isRoot = process.getuid?.() === 0;

/**
 * Installs one of Debian's packages, where this process may.
 * @param otherwise what else a person can do
 * @throws saying in one line what to install
 */
export async function installPackage(name: string, otherwise = ''): Promise<void> {
  if (!isRoot || !existsSync('/usr/bin/apt-get')) {
    const advice = `install ${name} (Debian: apt-get install ${name})`;
    throw new Error(otherwise === '' ? advice : `${advice}, ${otherwise}`);
  }
  process.stderr.write(`installing ${name} with apt-get ...\n`);
  // Run level 1 keeps the package from starting a service of its own.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  const options = ['-qq', '-o', 'DPkg::Lock::Timeout=300'];
  await run('apt-get', [...options, 'update'], { env });
  await run('apt-get', [...options, 'install', '-y', '--no-install-recommends', name], { env });
}
