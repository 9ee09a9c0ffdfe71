import { execFileSync } from 'node:child_process';
import { findPacked, publish, query } from './publishing.ts';

/**
 * Publishes the npm packages in `release/`. Skips those that npm has, so that it can run again.
 *
 *   npm run release:npm
 */
for (const file of ['asya-sidecar', 'asya-runtime'].map(findPacked)) {
  const { name, version } = JSON.parse(
    execFileSync('tar', ['-xzOf', file, 'package/package.json'], { encoding: 'utf8' }),
  ) as { name: string; version: string };
  const { found, output } = query('npm', ['view', `${name}@${version}`, 'version']);
  // npm prints nothing for a version that a known package does not have.
  if (found && output.includes(version)) {
    console.log(`npm has ${name} ${version}`);
    continue;
  }
  if (!found && !output.includes('E404')) throw new Error(`npm view ${name}: ${output}`);
  publish('npm', ['publish', file, '--provenance', '--access', 'public']);
}
