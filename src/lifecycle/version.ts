import { readFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';

/** Returns the version in the package.json of this package. */
export function readVersion(): string {
  const path = findPackageJSON(import.meta.url);
  if (path === undefined) throw new Error(`no package.json above ${import.meta.filename}`);
  const { version } = JSON.parse(readFileSync(path, 'utf8')) as { version?: unknown };
  return String(version);
}
