import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { MINUTE } from '../../../src/units.ts';

export const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const run = promisify(execFile);

export interface NpmPackage {
  /** The path of the file that `npm publish` would upload. */
  readonly tarball: string;
  /** The paths in the package, sorted. */
  readonly files: readonly string[];
  readonly unpackedBytes: number;
}

/**
 * Packs what has been built.
 * @param folder of the package, relative to the root of the repository
 */
export async function packNpm(folder: string, destination: string): Promise<NpmPackage> {
  const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', destination];
  const [packed] = JSON.parse(await npm(args, join(ROOT, folder))) as {
    filename: string;
    unpackedSize: number;
    files: { path: string }[];
  }[];
  if (packed === undefined) throw new Error('npm packed nothing');
  return {
    tarball: join(destination, packed.filename),
    files: packed.files.map(({ path }) => path).toSorted(),
    unpackedBytes: packed.unpackedSize,
  };
}

/** Runs npm; resolves to its output. */
export async function npm(args: readonly string[], cwd: string): Promise<string> {
  const { stdout } = await run('npm', args, { cwd, timeout: MINUTE });
  return stdout;
}
