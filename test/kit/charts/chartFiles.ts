import { createHash } from 'node:crypto';
import { globSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** A file of values for which the output of a chart is kept in the repository. */
export interface ValueSet {
  /** Also the name of the release. */
  readonly name: string;
  readonly values: string;
  /** The path of the output. */
  readonly golden: string;
}

/** Returns the names of the charts in `deploy/helm`. */
export function chartNames(): readonly string[] {
  return readdirSync(join(ROOT, 'deploy/helm')).toSorted();
}

export function chartFolder(chart: string): string {
  return join(ROOT, 'deploy/helm', chart);
}

export function goldenFolder(chart: string): string {
  return join(ROOT, 'test/charts/golden', chart);
}

/** Returns the value sets of a chart, `test/charts/values/<chart>/<name>.yaml`, by their names. */
export function valueSetsOf(chart: string): readonly ValueSet[] {
  return globSync(`test/charts/values/${chart}/*.yaml`, { cwd: ROOT })
    .toSorted()
    .map((path) => {
      const name = basename(path, '.yaml');
      return {
        name,
        values: join(ROOT, path),
        golden: join(goldenFolder(chart), `${name}.yaml`),
      };
    });
}

/** The file with the digest that belongs to the outputs of a chart. */
export function digestFile(chart: string): string {
  return join(goldenFolder(chart), 'digest.txt');
}

/**
 * Identifies a chart, its value sets and their outputs. A digest that differs from the file means
 * that one of them has changed since the outputs were written. The README does not change outputs.
 */
export function digestOf(chart: string): string {
  return digestOfFiles(
    `deploy/helm/${chart}/**/*.*`,
    `test/charts/{values,golden}/${chart}/*.yaml`,
  );
}

/** Identifies the names and the contents of files of the repository, without the pages. */
export function digestOfFiles(...patterns: readonly string[]): string {
  const files = globSync(patterns, { cwd: ROOT }).filter((file) => !file.endsWith('.md'));
  const hash = createHash('sha256');
  for (const file of files.toSorted()) {
    hash
      .update(`${file}\0`)
      .update(readFileSync(join(ROOT, file)))
      .update('\0');
  }
  return `${hash.digest('hex')}\n`;
}
