import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheFolder, fillCacheFolder } from '../programs/cacheFolder.ts';
import { findDebianMirror, installPackage, isRoot } from './apt.ts';
import { RELEASES, type Release, type ReleaseSeries } from './releaseSeries.ts';

/** An installed RabbitMQ: that of the machine, or one in a folder that serves as root directory. */
export interface Installation {
  /** The root directory; empty for the installation of the machine. */
  readonly root: string;
  /** The folder with `rabbitmq-server` and `rabbitmqctl`, relative to `root`. */
  readonly bin: string;
  /** The user that runs the broker; undefined where this process cannot change its user. */
  readonly user: { readonly name: string; readonly uid: number; readonly gid: number } | undefined;
}

const run = promisify(execFile);
const SERVER = 'rabbitmq-server';
// The scripts on PATH would change the user, so those of the package come first.
const BIN_FOLDERS = ['/usr/lib/rabbitmq/bin', '/opt/homebrew/sbin', '/usr/local/sbin'];

/**
 * Finds a RabbitMQ, or installs it as root on a machine with apt.
 * @throws an error whose message names the package to install, in one line
 */
export async function ensureInstallation(series: ReleaseSeries): Promise<Installation> {
  if (series !== 'default' && !(await hasVersion('/', RELEASES[series]))) {
    return openRoot(await buildRoot(RELEASES[series]));
  }
  const bin = findBin() ?? (await installServer());
  return { root: '', bin, user: isRoot ? await readUser('/') : undefined };
}

/**
 * Returns the arguments of a command that runs a program of the installation as its user and ends
 * with this process.
 */
export function asUser({ root, user }: Installation, ...command: string[]): string[] {
  if (user === undefined) return command;
  // setpriv must be last: a change of the user clears the parent-death signal.
  const changeUser = [
    'setpriv',
    `--reuid=${user.uid}`,
    `--regid=${user.gid}`,
    '--init-groups',
    '--pdeathsig=TERM',
  ];
  return [...(root === '' ? [] : [...ENTER_ROOT, root]), ...changeUser, ...command];
}

// RabbitMQ reads the memory size from /proc. The mount is in a separate namespace, which ends with
// the process.
const ENTER_ROOT = [
  'unshare',
  '--mount',
  'sh',
  '-c',
  'mount -t proc proc "$0/proc" && exec chroot "$0" "$@"',
];

function findBin(): string | undefined {
  return BIN_FOLDERS.find((folder) => existsSync(join(folder, SERVER)));
}

async function installServer(): Promise<string> {
  await installPackage(SERVER, 'or set ASYA_TEST_AMQP_URL to a running broker');
  const bin = findBin();
  if (bin === undefined)
    throw new Error(`${SERVER} was installed but is in none of ${BIN_FOLDERS.join(', ')}`);
  return bin;
}

async function hasVersion(root: string, { version }: Release): Promise<boolean> {
  const library = join(root, 'usr/lib/rabbitmq/lib');
  if (!existsSync(library)) return false;
  return (await readdir(library)).some((name) => name.startsWith(`rabbitmq_server-${version}`));
}

function openRoot(root: string): Promise<Installation> {
  return readUser(root).then((user) => ({ root, bin: '/usr/lib/rabbitmq/bin', user }));
}

/** Installs a minimal Debian with RabbitMQ into a folder. */
async function buildRoot(release: Release): Promise<string> {
  const root = join(cacheFolder(), release.folder);
  if (await hasVersion(root, release)) return root;
  if (!isRoot) throw new Error('debootstrap needs root to install another RabbitMQ for the tests');
  if (!existsSync('/usr/sbin/debootstrap')) await installPackage('debootstrap');
  await fillCacheFolder(root, async (draft) => {
    // Every user must be able to enter a root directory.
    await chmod(draft, 0o755);
    await fillRoot(draft, release);
    await assertVersion(draft, release);
  });
  // The folder may have been there already, with another version.
  await assertVersion(root, release);
  return root;
}

async function assertVersion(root: string, release: Release): Promise<void> {
  if (await hasVersion(root, release)) return;
  throw new Error(`Debian ${release.suite} has no RabbitMQ ${release.version}x under ${root}`);
}

async function fillRoot(root: string, { suite }: Release): Promise<void> {
  const mirror = await findDebianMirror();
  printProgress(
    `building a Debian ${suite} with RabbitMQ under ${root} (once, about a minute) ...`,
  );
  const options = ['--variant=minbase', `--include=${SERVER}`];
  await run('debootstrap', [...options, suite, root, mirror], {
    maxBuffer: Number.MAX_SAFE_INTEGER,
  });
  await writeFile(join(root, 'etc/hosts'), '127.0.0.1 localhost\n');
  await rm(join(root, 'var/cache/apt'), { recursive: true });
  await rm(join(root, 'var/lib/apt/lists'), { recursive: true });
}

async function readUser(root: string): Promise<NonNullable<Installation['user']>> {
  const users = await readFile(join(root, 'etc/passwd'), 'utf8');
  const fields = users
    .split('\n')
    .map((line) => line.split(':'))
    .find(([name]) => name === 'rabbitmq');
  if (fields === undefined)
    throw new Error(`user rabbitmq is missing in ${join(root, 'etc/passwd')}`);
  return { name: 'rabbitmq', uid: Number(fields[2]), gid: Number(fields[3]) };
}

function printProgress(text: string): void {
  process.stderr.write(`${text}\n`);
}
