import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * The folder with programs that tests install or build once: ASYA_TEST_CACHE, by default
 * `~/.cache/asya-sidecar`.
 */
export function cacheFolder(): string {
  return process.env['ASYA_TEST_CACHE'] ?? join(homedir(), '.cache', 'asya-sidecar');
}
