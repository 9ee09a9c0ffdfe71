import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The folder that `npm run release:pack` fills. A test names another one. */
export const RELEASE =
  process.env['RELEASE_DIR'] ?? fileURLToPath(new URL('../../release', import.meta.url));

export interface Asked {
  readonly found: boolean;
  /** All that the program printed. */
  readonly output: string;
}

/** Runs a program that answers by its exit code. */
export function ask(command: string, args: readonly string[]): Asked {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
  if (error !== undefined) throw error;
  return { found: status === 0, output: `${stdout}${stderr}` };
}

/** Runs a program and shows its output. Exits with 1 if it fails. */
export function publish(command: string, args: readonly string[]): void {
  const { status, error } = spawnSync(command, args, { stdio: 'inherit' });
  if (error !== undefined) throw error;
  if (status === 0) return;
  console.error(`${command} ${args.slice(0, 2).join(' ')} failed`);
  process.exit(1);
}
