#!/usr/bin/env node
/**
 * The entry point of `asya-sidecar`. It imports nothing and uses no new syntax, so that an old Node
 * can parse it and report the version that is required. The program is in `program.ts`.
 */

const REQUIRED_MAJOR = 24;
const { node: version } = process.versions;

if (Number(version.split('.')[0]) < REQUIRED_MAJOR) {
  process.stderr.write(`asya-sidecar needs Node ${REQUIRED_MAJOR} or newer (this is ${version})\n`);
  process.exitCode = 2;
} else {
  await import('./program.ts');
}
