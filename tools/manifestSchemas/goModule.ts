import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * Downloads the source of a public Go module, which Go verifies against its checksum database.
 * @param module with its version, such as `k8s.io/kubernetes@v1.37.2`
 * @returns the folder of the module
 */
export async function downloadGoModule(module: string): Promise<string> {
  const { stdout } = await run('go', ['mod', 'download', '-json', module]);
  const { Dir: folder } = JSON.parse(stdout) as { readonly Dir: string };
  return folder;
}
