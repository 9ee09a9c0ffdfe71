import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findDebianMirror } from '../brokers/apt.ts';
import { cacheFolder, fillCacheFolder } from '../programs/cacheFolder.ts';

const SUITE = 'sid';
const PACKAGES = ['prometheus', 'promtool', 'prometheus-alertmanager'];
/** What the name of the file of Prometheus must begin with. */
const VERSION = 'prometheus_3.';
const run = promisify(execFile);

/**
 * Returns the variables that name Prometheus 3 and its Alertmanager. They are packages of Debian's
 * unstable suite, which this function unpacks once into the cache without installing them. Their
 * programs need the C library of Debian 12 or newer, and nothing else.
 */
export async function ensurePrometheus3(): Promise<Readonly<Record<string, string>>> {
  const folder = join(cacheFolder(), 'prometheus3');
  if (!existsSync(folder)) await fill(folder);
  const bin = join(folder, 'usr/bin');
  return {
    PROMETHEUS: join(bin, 'prometheus'),
    ALERTMANAGER: join(bin, 'prometheus-alertmanager'),
  };
}

async function fill(folder: string): Promise<void> {
  const mirror = await findDebianMirror();
  process.stderr.write(`unpacking Prometheus 3 of Debian ${SUITE} under ${folder} (once) ...\n`);
  await fillCacheFolder(folder, async (draft) => {
    const packages = await download(join(draft, 'apt'), mirror);
    for (const file of packages) await run('dpkg-deb', ['--extract', file, draft]);
    await rm(join(draft, 'apt'), { recursive: true });
  });
}

/** Downloads the packages with package lists of their own, so that apt needs no rights of root. */
async function download(folder: string, mirror: string): Promise<string[]> {
  await mkdir(join(folder, 'lists/partial'), { recursive: true });
  await mkdir(join(folder, 'cache/archives/partial'), { recursive: true });
  await writeFile(join(folder, 'sources.list'), `deb ${mirror} ${SUITE} main\n`);
  const options = [
    `Dir::Etc::SourceList=${folder}/sources.list`,
    'Dir::Etc::SourceParts=-',
    `Dir::State::Lists=${folder}/lists`,
    `Dir::Cache=${folder}/cache`,
  ].flatMap((option) => ['-o', option]);
  const apt = (...command: string[]): Promise<unknown> =>
    run('apt-get', ['-qq', ...options, ...command], { cwd: folder });
  await apt('update');
  await apt('download', ...PACKAGES);
  const files = (await readdir(folder)).filter((name) => name.endsWith('.deb'));
  if (!files.some((name) => name.startsWith(VERSION))) {
    throw new Error(`Debian ${SUITE} has no Prometheus 3: ${files.join(', ')}`);
  }
  return files.map((name) => join(folder, name));
}
