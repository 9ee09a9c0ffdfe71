import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The built program of an earlier commit. */
export interface EarlierBuild {
  readonly program: string;
  /** The full hash of the commit. */
  readonly commit: string;
  remove(): Promise<void>;
}

/**
 * Builds a commit in a temporary git worktree with the dependencies of its lock file.
 * @throws the error of git or npm, with the output of the command
 */
export async function buildEarlier(revision: string): Promise<EarlierBuild> {
  const { stdout } = await run('git', [
    'rev-parse',
    '--verify',
    '--end-of-options',
    `${revision}^{commit}`,
  ]);
  const commit = stdout.trim();
  const folder = await mkdtemp(join(tmpdir(), 'asya-earlier-'));
  const remove = async (): Promise<void> => {
    await rm(folder, { recursive: true, force: true });
    await run('git', ['worktree', 'prune']);
  };
  try {
    await run('git', ['worktree', 'add', '--detach', folder, commit]);
    // The build installs the dependencies first.
    await run('npm', ['run', '-s', 'build'], { cwd: folder });
  } catch (error) {
    await remove();
    throw error;
  }
  return { program: join(folder, 'dist/src/bin.js'), commit, remove };
}
