import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './npmPackage.ts';

/** A package in package-lock.json. */
export interface LockedPackage {
  readonly version: string;
  readonly dev?: boolean;
  readonly link?: boolean;
}

/** Returns the packages of package-lock.json, by their folder. */
export function lockedPackages(): Readonly<Record<string, LockedPackage>> {
  const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, LockedPackage>;
  };
  return lock.packages;
}

/** Returns the packages in an installation of the program, by their folder. */
export function productionPackages(): Readonly<Record<string, LockedPackage>> {
  return Object.fromEntries(
    Object.entries(lockedPackages()).filter(
      ([path, { dev, link }]) => path.startsWith('node_modules/') && dev !== true && link !== true,
    ),
  );
}
