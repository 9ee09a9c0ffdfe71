import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { cacheFolder, fillCacheFolder } from './cacheFolder.ts';

/**
 * A program that is built from public Go modules. `tools/go/<name>/go.mod` pins the versions. The
 * collector has its components, which its `manifest.yaml` lists, in generated Go files.
 */
export type GoProgram = 'actionlint' | 'collector' | 'helm' | 'jaeger' | 'loki';

export interface FoundProgram {
  /** Empty if the tests that need the program are skipped. */
  readonly path: string;
  /** Why the program cannot be had, or false. */
  readonly skip: string | false;
}

const MODULES = new URL('../../../tools/go/', import.meta.url);
const run = promisify(execFile);

/**
 * Finds a program in the cache, or builds it. The variable with the program's name in capital
 * letters, such as HELM, is the path of a program to use instead.
 * @throws an error if the build fails
 */
export async function findGoProgram(name: GoProgram): Promise<FoundProgram> {
  const variable = name.toUpperCase();
  const given = process.env[variable];
  if (given !== undefined) return { path: given, skip: false };
  const module = fileURLToPath(new URL(name, MODULES));
  const folder = join(cacheFolder(), 'go', `${name}-${await digestOf(module)}`);
  const program = join(folder, name);
  if (existsSync(program)) return { path: program, skip: false };
  if (!(await hasGo())) {
    return { path: '', skip: `Go is not installed: install it, or set ${variable} to a path` };
  }
  await build(name, { module, folder });
  return { path: program, skip: false };
}

/** Identifies the source of a program, so that another version is another folder of the cache. */
async function digestOf(module: string): Promise<string> {
  const hash = createHash('sha256');
  const files = (await readdir(module)).filter((file) => /^go\.(?:mod|sum)$|\.go$/.test(file));
  for (const file of files.toSorted()) hash.update(await readFile(join(module, file)));
  return hash.digest('hex').slice(0, 12);
}

async function build(
  name: GoProgram,
  { module, folder }: { readonly module: string; readonly folder: string },
): Promise<void> {
  process.stderr.write(`building ${name} with Go under ${folder} (once, up to 10 minutes) ...\n`);
  await fillCacheFolder(folder, (draft) => {
    const env = { ...process.env, GOBIN: draft, GOFLAGS: '-mod=readonly' };
    const maxBuffer = Number.MAX_SAFE_INTEGER;
    return run('go', ['install', 'tool'], { cwd: module, env, maxBuffer });
  });
}

async function hasGo(): Promise<boolean> {
  return run('go', ['version']).then(
    () => true,
    () => false,
  );
}
