import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { installPackage, isRoot } from './apt.ts';

/** A RabbitMQ that can be started: the machine's own, or one in a folder that is its root. */
export interface Installation {
  /** Empty for the machine's own. */
  readonly root: string;
  /** The folder with `rabbitmq-server` and `rabbitmqctl`, as seen from within `root`. */
  readonly bin: string;
  /** Who runs it; undefined where this process cannot become somebody else. */
  readonly user: { readonly name: string; readonly uid: number; readonly gid: number } | undefined;
}

/**
 * `default` is the machine's own RabbitMQ; `4` is 4.0 of Debian 13, `4.3` is that of Debian's
 * unstable suite.
 */
export type ReleaseSeries = 'default' | '4' | '4.3';

/** A Debian suite with a RabbitMQ of a line, and the folder of the cache for it. */
interface Release {
  readonly suite: string;
  readonly folder: string;
  /** The version that the suite must have, as its folder of libraries begins. */
  readonly version: string;
}

const RELEASES: Readonly<Record<Exclude<ReleaseSeries, 'default'>, Release>> = {
  '4': { suite: 'trixie', folder: 'rabbitmq4', version: '4.' },
  '4.3': { suite: 'sid', folder: 'rabbitmq4.3', version: '4.3.' },
};

/** Reads a line as it is written on the command line or in an environment variable. */
export function parseReleaseSeries(text: string | undefined): ReleaseSeries {
  return text === '4' || text === '4.3' ? text : 'default';
}

const run = promisify(execFile);
const SERVER = 'rabbitmq-server';
// Debian's own scripts first: the ones on PATH insist on becoming another user.
const BIN_FOLDERS = ['/usr/lib/rabbitmq/bin', '/opt/homebrew/sbin', '/usr/local/sbin'];

/**
 * Finds a RabbitMQ, and installs it where that is possible: as root on a machine with apt.
 * @throws saying in one line what to install
 */
export async function ensureInstallation(line: ReleaseSeries): Promise<Installation> {
  if (line !== 'default' && !(await hasVersion('/', RELEASES[line]))) {
    return openRoot(await buildRoot(RELEASES[line]));
  }
  const bin = findBin() ?? (await installServer());
  return { root: '', bin, user: isRoot ? await readUser('/') : undefined };
}

/**
 * The words of a command that runs a program of the installation as its user, and ends with this
 * process.
 */
export function asUser({ root, user }: Installation, ...command: string[]): string[] {
  if (user === undefined) return command;
  // It is the last to change user: a change clears the signal that the parent's death sends.
  const become = [
    'setpriv',
    `--reuid=${user.uid}`,
    `--regid=${user.gid}`,
    '--init-groups',
    '--pdeathsig=TERM',
  ];
  return [...(root === '' ? [] : [...ENTER_ROOT, root]), ...become, ...command];
}

// RabbitMQ learns from /proc how much memory there is; a mount in a name space of its own leaves no
// trace.
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
  await installPackage(SERVER, 'or name a running broker in ASYA_TEST_AMQP_URL');
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

/**
 * Builds a small Debian with a RabbitMQ in a folder; under its final name the folder is complete.
 */
async function buildRoot(release: Release): Promise<string> {
  const cache = process.env['ASYA_TEST_CACHE'] ?? join(homedir(), '.cache', 'asya-sidecar');
  const root = join(cache, release.folder);
  if (await hasVersion(root, release)) return root;
  if (!isRoot) throw new Error('debootstrap, which builds RabbitMQ 4 for the tests, needs root');
  if (!existsSync('/usr/sbin/debootstrap')) await installPackage('debootstrap');
  await mkdir(cache, { recursive: true });
  const draft = await mkdtemp(join(cache, `${release.folder}-draft-`));
  try {
    // It becomes a root folder, which every user may enter.
    await chmod(draft, 0o755);
    await fillRoot(draft, release);
    if (!(await hasVersion(draft, release))) {
      throw new Error(`Debian ${release.suite} has no RabbitMQ ${release.version}x`);
    }
    await rename(draft, root);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return root;
}

async function fillRoot(root: string, { suite }: Release): Promise<void> {
  const mirror = await findMirror();
  say(`building a Debian ${suite} with RabbitMQ under ${root} (once, about a minute) ...`);
  const options = ['--variant=minbase', `--include=${SERVER}`];
  await run('debootstrap', [...options, suite, root, mirror], {
    maxBuffer: Number.MAX_SAFE_INTEGER,
  });
  await writeFile(join(root, 'etc/hosts'), '127.0.0.1 localhost\n');
  await rm(join(root, 'var/cache/apt'), { recursive: true });
  await rm(join(root, 'var/lib/apt/lists'), { recursive: true });
}

/** The Debian mirror that this machine's apt uses. */
async function findMirror(): Promise<string> {
  const filters = ['Created-By: Packages', 'Origin: Debian', 'Component: main'];
  const list = (): Promise<{ stdout: string }> =>
    run('apt-get', ['indextargets', '--format', '$(REPO_URI) $(LABEL)', ...filters]);
  let { stdout } = await list();
  // Without package lists apt knows no repository's label.
  if (stdout === '')
    await run('apt-get', ['-qq', 'update']).then(async () => ({ stdout } = await list()));
  const mirror = stdout.split('\n').find((line) => line.endsWith(' Debian'));
  if (mirror === undefined) throw new Error('apt has no Debian mirror to build RabbitMQ 4 from');
  return mirror.slice(0, mirror.indexOf(' '));
}

async function readUser(root: string): Promise<NonNullable<Installation['user']>> {
  const users = await readFile(join(root, 'etc/passwd'), 'utf8');
  const fields = users
    .split('\n')
    .map((line) => line.split(':'))
    .find(([name]) => name === 'rabbitmq');
  if (fields === undefined)
    throw new Error(`there is no user rabbitmq in ${join(root, 'etc/passwd')}`);
  return { name: 'rabbitmq', uid: Number(fields[2]), gid: Number(fields[3]) };
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
