import { cpSync, existsSync, globSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';

/** The files that `docker build` sends to the builder. */
export interface BuildContext {
  readonly folder: string;
  includes(path: string): boolean;
}

/** Reads `.dockerignore` in the folder, if there is one. */
export function readBuildContext(folder: string): BuildContext {
  const file = join(folder, '.dockerignore');
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
  const rules = lines.filter((line) => line !== '' && !line.startsWith('#'));
  return {
    folder,
    // The last rule that names a file or a folder around it decides.
    includes: (path) => {
      const rule = rules.findLast((line) => matches(line.replace(/^!/, ''), path));
      return rule === undefined || rule.startsWith('!');
    },
  };
}

/**
 * Copies as COPY does: a folder means its content, and several files need a folder.
 * @throws an error if the context has no file of that name
 */
export function copyFiles(
  context: BuildContext,
  patterns: readonly string[],
  destination: string,
): void {
  const sources = patterns.flatMap((pattern) => {
    const found = globSync(pattern.replace(/\/$/, ''), { cwd: context.folder });
    // A pattern with a wildcard may have no file.
    if (found.length === 0 && !pattern.includes('*')) throw new Error(`COPY: no ${pattern}`);
    return found;
  });
  for (const source of sources) copyOne(context, source, destination);
}

function copyOne(context: BuildContext, source: string, destination: string): void {
  const from = join(context.folder, source);
  const isFolder = statSync(from).isDirectory();
  const to =
    !isFolder && destination.endsWith('/') ? join(destination, basename(from)) : destination;
  mkdirSync(isFolder ? to : dirname(to), { recursive: true });
  let copied = 0;
  cpSync(from, to, {
    recursive: true,
    verbatimSymlinks: true,
    filter: (path) => {
      if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) return true;
      const isIncluded = context.includes(relative(context.folder, path));
      if (isIncluded) copied += 1;
      return isIncluded;
    },
  });
  if (copied === 0) throw new Error(`COPY: .dockerignore leaves out ${source}`);
}

function matches(rule: string, path: string): boolean {
  return rule === '*' || path === rule || path.startsWith(`${rule}/`);
}
