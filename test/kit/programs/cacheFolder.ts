import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

/**
 * The folder with programs that tests install or build once: ASYA_TEST_CACHE, by default
 * `~/.cache/asya-sidecar`.
 */
export function cacheFolder(): string {
  return process.env['ASYA_TEST_CACHE'] ?? join(homedir(), '.cache', 'asya-sidecar');
}

/**
 * Fills a folder of the cache, which gets its final name once it is complete.
 * @param fill writes the content into a draft of the folder
 * @throws the error of `fill`, unless another process has filled the folder meanwhile
 */
export async function fillCacheFolder(
  folder: string,
  fill: (draft: string) => Promise<unknown>,
): Promise<void> {
  await mkdir(dirname(folder), { recursive: true });
  const draft = await mkdtemp(`${folder}-draft-`);
  try {
    await fill(draft);
    await rename(draft, folder);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  }
}
