#!/usr/bin/env node
/**
 * The entry point of the command `asya-sidecar`. It imports nothing and uses no new syntax, so that
 * an old Node can parse it and report what is wrong; everything else is loaded after the check.
 */

const REQUIRED_MAJOR = 24;
const { node: version } = process.versions;

if (Number(version.split('.')[0]) < REQUIRED_MAJOR) {
  process.stderr.write(`asya-sidecar needs Node ${REQUIRED_MAJOR} or newer (this is ${version})\n`);
  process.exitCode = 2;
} else {
  await import('./program.ts');
}
