import { existsSync } from 'node:fs';
import { messageOf } from '../../../src/faults.ts';
import { installPackage } from '../brokers/apt.ts';

const PATHS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** The reason with which browser tests are skipped. */
export const NO_CHROMIUM =
  'chromium not installed: apt-get install chromium, or set ASYA_TEST_BROWSER to an executable';

/**
 * Returns the executable of a Chromium: that of `ASYA_TEST_BROWSER`, or that of Debian's package.
 * Returns undefined if there is none.
 */
export function findChromium(): string | undefined {
  return process.env['ASYA_TEST_BROWSER'] || PATHS.find((path) => existsSync(path));
}

/** Installs Chromium if possible. Otherwise tests that need it are skipped with a reason. */
export async function installChromium(): Promise<void> {
  if (findChromium() !== undefined) return;
  try {
    await installPackage('chromium', 'or set ASYA_TEST_BROWSER to an executable');
  } catch (error) {
    process.stderr.write(`chromium not installed: ${messageOf(error)}\n`);
  }
}
