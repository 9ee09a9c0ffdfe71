import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder with the files of a release. A test names another one. */
export const RELEASE =
  process.env['RELEASE_DIR'] ?? fileURLToPath(new URL('../../release', import.meta.url));

export interface QueryResult {
  /** Whether the program exited with 0. */
  readonly found: boolean;
  /** All that the program printed. */
  readonly output: string;
}

/** Runs a program that answers by its exit code. */
export function query(command: string, args: readonly string[]): QueryResult {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
  if (error !== undefined) throw error;
  return { found: status === 0, output: `${stdout}${stderr}` };
}

/**
 * Returns the path of a packed package or chart, whose name ends in its version.
 * @throws an error if it is not in the folder of the release
 */
export function findPacked(name: string): string {
  const [file] = globSync(`${name}-[0-9]*.tgz`, { cwd: RELEASE });
  if (file === undefined) throw new Error(`no ${name}-*.tgz in ${RELEASE}`);
  return join(RELEASE, file);
}

/** Runs a program and shows its output. Exits with 1 if it fails. */
export function publish(command: string, args: readonly string[]): void {
  const { status, error } = spawnSync(command, args, { stdio: 'inherit' });
  if (error !== undefined) throw error;
  if (status === 0) return;
  console.error(`${command} ${args.slice(0, 2).join(' ')} failed`);
  process.exit(1);
}
